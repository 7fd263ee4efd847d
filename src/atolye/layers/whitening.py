"""A first convolution that is computed from the images, not trained: its outputs are uncorrelated."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.layers.image_checks import positive_pair

BLOCK_IMAGES = 256  # whose patches are in memory at a time: some 20 MB for small images


def whitening_weights(
    images: np.ndarray, kernel_size: int | Sequence[int] = 2, *, epsilon: float = 5e-4
) -> tuple[np.ndarray, np.ndarray]:
    """Return kernel and bias of a convolution that whitens images: patches come out uncorrelated, with variance 1.

    The filters are the principal components of all patches, each divided by its standard deviation, strongest first;
    after them the same with the other sign, so that no half is lost in a ReLU. The bias takes the mean away. Images may
    have any range, uint8 too: give them as the convolution will see them.

    Reference: Jordan (2024), 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, arXiv:2404.00498, section 3.2.

    Args:
        images: `(n, height, width, channels)`; some thousand training images are enough.
        kernel_size: height and width of the patches, or one number for both.
        epsilon: added to each component's variance, as a share of a pixel's mean variance, 0 or more; without it noise
            that is hardly there would be blown up to variance 1.

    Returns:
        `(kernel, bias)`, float32: `(height, width, channels, 2 * n)` and `(2 * n,)`, where
        `n = height * width * channels` of a patch.

    Raises:
        ValueError: when images are no batch, are smaller than a patch, do not vary or are not finite, or epsilon is
            below 0.

    Example:
        >>> images = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), dtype="uint8")
        >>> kernel, bias = whitening_weights(images)
        >>> kernel.shape, bias.shape
        ((2, 2, 3, 24), (24,))
    """
    height, width = positive_pair("kernel_size", kernel_size, fix="2 is the paper's.")
    images = np.asarray(images)
    if images.ndim != 4 or len(images) == 0 or images.shape[1] < height or images.shape[2] < width:
        raise ValueError(
            f"Received images of shape {images.shape}; expected (n, height, width, channels) of at least {height} x "
            f"{width} pixels. Pass a batch of training images."
        )
    if not epsilon >= 0:
        raise ValueError(f"Received epsilon={epsilon}; expected 0 or more, such as 0.0005.")
    mean, covariance = _moments(images, height, width)
    variance = np.trace(covariance) / len(covariance)
    if not np.isfinite(variance):
        raise ValueError("Received images with values that are not finite; expected numbers. Look for NaN in them.")
    if not variance > 0:
        raise ValueError("Received images that are all one colour; expected pixels that vary. Pass other images.")
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]
    # An eigenvector has no sign of its own: its largest entry is made positive, on every machine.
    vectors = vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(vectors))])
    if values[-1] + epsilon * variance < 1e-9 * values[0]:
        raise ValueError(
            f"Received epsilon={epsilon} for images whose patches hardly vary in some direction, such as grey ones of "
            "three channels; expected more, such as 0.0005."
        )
    scaled = vectors / np.sqrt(values + epsilon * variance)
    filters = np.concatenate([scaled, -scaled], axis=1)  # (patch, 2 * patch)
    kernel = filters.reshape(height, width, images.shape[3], -1)
    return kernel.astype("float32"), (-mean @ filters).astype("float32")


def _moments(images: np.ndarray, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and covariance of all patches, each as a row `(height, width, channels)` laid flat."""
    size = height * width * images.shape[3]
    count, total, products = 0, np.zeros(size), np.zeros((size, size))
    # Squares of numbers far from zero lose digits: they are taken from a point that is about the mean.
    origin = images[:BLOCK_IMAGES].mean(axis=(0, 1, 2), dtype="float64")
    for start in range(0, len(images), BLOCK_IMAGES):
        block = images[start : start + BLOCK_IMAGES] - origin
        windows = np.lib.stride_tricks.sliding_window_view(block, (height, width), axis=(1, 2))
        # (n, rows, columns, channels, height, width) -> (patches, height * width * channels)
        patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, size)
        count += len(patches)
        total += patches.sum(axis=0)
        products += patches.T @ patches
    mean = total / count
    return mean + np.tile(origin, height * width), products / count - np.outer(mean, mean)


@keras.saving.register_keras_serializable(package="atolye")
class Whitening(keras.layers.Conv2D):
    """A convolution whose kernel is made from training images by `adapt` and never trained; its bias is.

    Use it as the first layer of a network that is to learn in a few epochs: the layers behind it start from inputs that
    are as easy to learn from as can be. It takes raw images, so that no rescaling is needed before it. Call `adapt`
    after the model is built and before `fit`; until then its filters are random.

    Its arithmetic is float32 in mixed precision, too: in 16 bits the small differences that it looks for get lost.

    Reference: Jordan (2024), arXiv:2404.00498, section 3.2.

    Parameters: `2 * n * n` not trained, `2 * n` trained, with `n = height * width * channels` of a patch.

    Args:
        kernel_size: height and width of the patches, or one number for both.
        options: strides, padding, activation and others of `keras.layers.Conv2D`; it counts its filters itself.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, height - kernel + 1, width - kernel + 1, 2 * n)`.

    Example:
        >>> images = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), dtype="uint8")
        >>> layer = Whitening(2)
        >>> layer.adapt(images)
        >>> outputs = layer(images)
        >>> tuple(outputs.shape), round(float(np.std(outputs)), 1)
        ((50, 7, 7, 24), 1.0)
    """

    def __init__(self, kernel_size: int | Sequence[int] = 2, **options: Any) -> None:
        options.pop("filters", None)  # in a config; they follow from the input
        options.setdefault("dtype", "float32")
        options.setdefault("data_format", "channels_last")
        super().__init__(None, positive_pair("kernel_size", kernel_size, fix="2 is the paper's."), **options)

    def build(self, input_shape: Any) -> None:
        height, width = self.kernel_size
        self.filters = 2 * height * width * input_shape[-1]
        super().build(input_shape)

    def add_weight(self, *args: Any, **options: Any) -> Any:
        # Never trainable, so that no `layer.trainable = True` makes it so.
        return super().add_weight(*args, **options | ({"trainable": False} if options.get("name") == "kernel" else {}))

    def call(self, inputs: Any) -> Any:
        return super().call(ops.cast(inputs, self.compute_dtype))  # Keras casts float images only

    def adapt(self, images: np.ndarray, *, epsilon: float = 5e-4) -> None:
        """Set kernel and bias by `whitening_weights`; images are given as the layer will see them."""
        kernel, bias = whitening_weights(np.asarray(images), self.kernel_size, epsilon=epsilon)
        if not self.built:
            self.build(tuple(images.shape))
        self.kernel.assign(kernel)
        if self.use_bias:
            self.bias.assign(bias)
