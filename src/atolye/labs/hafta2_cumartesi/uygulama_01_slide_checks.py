"""What the slides on convolution, pooling and normalisation get wrong or leave out, each tried in this Keras."""

import keras
import numpy as np
from keras import layers
from scipy.signal import convolve2d, correlate2d

from atolye.labs.hafta2_cumartesi.uygulama_01_by_hand import noticed_pixels
from atolye.labs.slide_lines import error_of
from atolye.layers import BatchNormalization
from atolye.report import Page


def check_correlation(page: Page) -> None:
    """Hold Conv2D against SciPy's convolution, which turns the kernel round, and correlation, which does not."""
    random = np.random.default_rng(0)
    image, kernel = (random.normal(size=(side, side)).astype("float32") for side in (8, 3))
    layer = layers.Conv2D(1, 3, use_bias=False)
    layer.build((None, 8, 8, 1))
    layer.kernel.assign(kernel[..., None, None])
    found = np.asarray(layer(image[None, ..., None]))[0, ..., 0]
    turned, straight = (np.abs(found - by(image, kernel, mode="valid")).max() for by in (convolve2d, correlate2d))
    page.slide_check("correlation", measured=_rounded(turned), expected=0.0, straight=_rounded(straight))


def check_parameters(page: Page) -> None:
    """Count the slide's filter, and the one that its number belongs to."""
    counts = {}
    for name, size, bias in (("five", 5, True), ("three", 3, True), ("bare", 3, False)):
        layer = layers.Conv2D(64, size, use_bias=bias)
        layer.build((None, None, None, 32))
        counts[name] = layer.count_params()
    page.slide_check("five_by_five", measured=counts["five"], expected=(5 * 5 * 32 + 1) * 64, **counts)


def check_bias(page: Page) -> None:
    """Add 5 to every channel before a batch normalization."""
    images = np.random.default_rng(0).normal(size=(8, 6, 6, 4)).astype("float32")
    norm = BatchNormalization()
    gap = np.abs(np.asarray(norm(images + 5, training=True)) - np.asarray(norm(images, training=True))).max()
    page.slide_check("bias", measured=_rounded(gap), expected=0.0)


def check_padding(page: Page) -> None:
    """Sum 3 x 3 pixels of an image of ones: a corner tells what is beyond the border; then stride over 32 pixels."""
    ones = np.ones((1, 5, 5, 1), "float32")
    summed = {}
    for name, image, padding in (("zeros", ones, "same"), ("repeated", _repeat_edges(ones), "valid")):
        summed[name] = np.asarray(layers.Conv2D(1, 3, padding=padding, kernel_initializer="ones")(image))[0, 0, 0, 0]
    page.slide_check("edges", measured=float(summed["zeros"]), expected=4.0, repeated=float(summed["repeated"]))
    sizes = {kind: layers.Conv2D(1, 3, 2, padding=kind).compute_output_shape((1, 32, 32, 1))[1] for kind in _PADDINGS}
    page.slide_check("same_size", measured=sizes["same"], expected=-(-32 // 2), valid=sizes["valid"])


def check_dilation(page: Page) -> None:
    """Measure how far dilated filters reach, and try dilation together with strides."""
    reach = [
        noticed_pixels([layers.Conv2D(1, 3, dilation_rate=rate, kernel_initializer="ones")], side=17) for rate in (2, 4)
    ]
    formula = [3 + (3 - 1) * (rate - 1) for rate in (2, 4)]
    error = error_of(lambda: layers.Conv2D(64, 3, strides=2, dilation_rate=2))
    measured, expected = (", ".join(map(str, sizes)) for sizes in ([extent for extent, _ in reach], formula))
    page.slide_check("reach", measured=measured, expected=expected, pixels=reach[0][1], error=error.replace("`", ""))


def check_separable(page: Page) -> None:
    """Count what the slide's depthwise and pointwise convolutions save, for its 64 filters and for others."""
    saved = {}
    for name, filters, size in (("slide", 64, 3), ("few", 16, 3), ("large", 64, 5), ("one", 64, 1)):
        pair = [layers.DepthwiseConv2D(size, use_bias=False), layers.Conv2D(filters, 1, use_bias=False)]
        whole = layers.Conv2D(filters, size, use_bias=False)
        for layer in (*pair, whole):
            layer.build((None, None, None, 64))
        saved[name] = 1 - sum(layer.count_params() for layer in pair) / whole.count_params()
    told = {name: round(share, 4) for name, share in saved.items()}
    page.slide_check("saving", measured=told["slide"], expected=round(1 - (1 / 64 + 1 / 9), 4), **told)


def check_flatten(page: Page, *, side: int, channels: int, num_classes: int) -> None:
    """Count the answering layer behind Flatten and behind global average pooling."""
    maps = keras.Input((side, side, channels))
    flat, pooled = (
        keras.Model(maps, layers.Dense(num_classes)(end()(maps))).count_params()
        for end in (layers.Flatten, layers.GlobalAveragePooling2D)
    )
    sizes = {"side": side, "channels": channels, "classes": num_classes, "times": round(flat / pooled, 1)}
    page.slide_check("flatten", measured=pooled, expected=(channels + 1) * num_classes, flat=flat, **sizes)


def check_group_norm(page: Page) -> None:
    """Try the slide's 32 groups on the channels of a small network."""
    error = error_of(lambda: layers.GroupNormalization(32).build((None, 8, 8, 16)))
    alone = layers.GroupNormalization(32)
    maps = np.random.default_rng(0).normal(3.0, 2.0, (1, 6, 6, 32)).astype("float32")
    means = np.abs(np.asarray(alone(maps)).mean(axis=(1, 2))).max()  # every channel's mean is 0: no groups any more
    page.slide_check("groups_of_32", measured=error, expected="GroupNormalization(2)", means=_rounded(means))


def check_layer_norm(page: Page) -> None:
    """Look whether two pixels of different brightness still differ after the slide's LayerNormalization()."""
    maps = np.random.default_rng(0).normal(size=(1, 4, 4, 8)).astype("float32")
    maps[:, :2] += 10.0  # the upper half is bright
    found = {}
    for name, norm in (("slide", layers.LayerNormalization()), ("image", layers.GroupNormalization(1))):
        pixels = np.asarray(norm(maps)).mean(axis=-1)  # (1, 4, 4)
        found[name] = _rounded(pixels[:, :2].mean() - pixels[:, 2:].mean())
    page.slide_check("layer_norm", measured=found["slide"], expected=found["image"])


_PADDINGS = ("same", "valid")


def _repeat_edges(images: np.ndarray) -> np.ndarray:
    return np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")


def _rounded(value: float) -> float:
    """Return a measured gap without the noise of float32, so that a page can be made again to the same bytes."""
    return abs(round(float(value), 3))
