"""What lab 2.1 does by hand: a convolution with its multiplications counted, a receptive field found by trying."""

from typing import Any

import keras
import numpy as np
from keras import layers
from matplotlib.figure import Figure

from atolye.report import chart_grid


def convolve(
    image: np.ndarray,
    kernel: np.ndarray,
    *,
    strides: int = 1,
    padding: str = "same",
    dilation: int = 1,
    groups: int = 1,
) -> tuple[np.ndarray, int]:
    """Slide a square kernel over a square image; return the feature maps, and how often two numbers were multiplied.

    Use it to see what `keras.layers.Conv2D` computes, without bias and activation, and to count what it costs.

    Reference: Dumoulin and Visin (2016), arXiv:1603.07285.

    Args:
        image: numbers of shape `(side, side, C)`.
        kernel: weights of shape `(k, k, C / groups, F)`.
        strides: pixels from one place of the kernel to the next.
        padding: `"same"` puts zeros around the image, `"valid"` nothing.
        dilation: distance of the kernel's points; it spans `k + (k - 1)(dilation - 1)` pixels.
        groups: parts into which channels and filters are cut; divides both.

    Returns:
        The maps, of shape `(places, places, F)`, and the number of multiplications.

    Example:
        >>> maps, count = convolve(np.ones((4, 4, 1)), np.ones((3, 3, 1, 1)), padding="valid")
        >>> maps[..., 0].tolist(), count  # 2 x 2 places, 9 products at each
        ([[9.0, 9.0], [9.0, 9.0]], 36)
    """
    side, span = image.shape[0], kernel.shape[0] + (kernel.shape[0] - 1) * (dilation - 1)
    if padding == "same":  # zeros all around, the odd one at the end
        missing = max((-(-side // strides) - 1) * strides + span - side, 0)
        image = np.pad(image, ((missing // 2, missing - missing // 2),) * 2 + ((0, 0),))
    places = range(0, image.shape[0] - span + 1, strides)
    own_channels = np.split(np.arange(image.shape[-1]), groups)
    own_filters = np.split(kernel, groups, axis=-1)  # each (k, k, C / groups, F / groups)
    maps, count = np.zeros((len(places), len(places), groups, kernel.shape[-1] // groups)), 0
    for row, top in enumerate(places):
        for column, left in enumerate(places):
            patch = image[top : top + span : dilation, left : left + span : dilation]  # (k, k, C)
            for group, weights in enumerate(own_filters):
                maps[row, column, group] = np.tensordot(patch[..., own_channels[group]], weights, axes=3)
                count += weights.size
    return maps.reshape(len(places), len(places), -1), count  # (places, places, groups, F / groups) -> (..., F)


def convolve_as(layer: Any, image: np.ndarray) -> tuple[np.ndarray, int]:
    """Do by hand what a built `Conv2D` or `DepthwiseConv2D` without bias and activation does with one image.

    Args:
        layer: the layer; strides, padding, dilation and groups are taken from it.
        image: numbers of shape `(side, side, C)`.

    Returns:
        As `convolve`.
    """
    kernel, groups = np.asarray(layer.kernel, "float64"), getattr(layer, "groups", 1)
    if isinstance(layer, layers.DepthwiseConv2D):  # as many groups as channels: (k, k, C, m) -> (k, k, 1, C m)
        groups, kernel = kernel.shape[2], kernel.reshape(*kernel.shape[:2], 1, -1)
    options = {"strides": layer.strides[0], "padding": layer.padding, "dilation": layer.dilation_rate[0]}
    return convolve(image, kernel, groups=groups, **options)


def noticed_pixels(stack: list[keras.Layer], *, side: int = 65) -> tuple[int, int]:
    """Light the pixels of the middle row one by one; return which of them the middle of the output notices.

    Use it to measure a receptive field. Give convolutions positive weights, such as `kernel_initializer="ones"`, so
    that nothing cancels.

    Args:
        stack: layers for images of one channel, applied one after the other.
        side: pixels of the images; more than the field.

    Returns:
        How many pixels lie from the first to the last that is noticed, both included, and how many are noticed.

    Example:
        >>> noticed_pixels([layers.Conv2D(1, 3, dilation_rate=2, kernel_initializer="ones")], side=9)
        (5, 3)
    """
    lit = np.zeros((side, side, side, 1), "float32")
    lit[np.arange(side), side // 2, np.arange(side)] = 1  # image n has pixel n of the middle row
    for layer in stack:
        lit = layer(lit)
    maps = np.asarray(lit)[..., 0]  # (side, places, places)
    noticed = np.flatnonzero(maps[:, maps.shape[1] // 2, maps.shape[2] // 2])
    return int(noticed[-1] - noticed[0] + 1), len(noticed)


def draw_poolings(maps: np.ndarray) -> Figure:
    """Draw one feature map, and what each of the four poolings makes of it, in one scale.

    Args:
        maps: one map, of shape `(1, height, width, 1)`.
    """
    figure, panels = chart_grid(1, 5, height=2.4)
    pictures = {"feature map": maps}
    for half in (layers.MaxPooling2D, layers.AveragePooling2D):
        pictures[half.__name__] = np.asarray(half(2)(maps))
    for whole in (layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D):
        pictures[whole.__name__] = np.asarray(whole(keepdims=True)(maps))
    for axes, (title, picture) in zip(panels, pictures.items(), strict=True):
        axes.imshow(picture[0, ..., 0], cmap="viridis", vmin=0, vmax=maps.max(), interpolation="nearest")
        axes.set_title(title, fontsize=8)
        axes.set_axis_off()
    return figure
