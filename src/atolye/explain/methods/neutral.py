"""Pixels that say nothing: what covers a part of an image, and where an integral begins."""

import numpy as np


def neutral_images(images: np.ndarray, fill: float | np.ndarray | None = None) -> np.ndarray:
    """Return images of the same shape without content: each image's mean colour, or the value given.

    The mean colour is neutral in any range of pixel values, where 0 is black in one and grey in another.

    Args:
        images: of shape `(num_images, height, width, channels)`.
        fill: a pixel value, or an array that broadcasts to the images; None: the mean colour.

    Raises:
        ValueError: when `fill` has another shape.

    Example:
        >>> neutral_images(np.array([[[[1.0], [3.0]]]])).ravel().tolist()
        [2.0, 2.0]
    """
    if fill is None:
        value = images.mean(axis=(1, 2), keepdims=True)
    else:
        value = np.asarray(fill)
    try:
        return np.broadcast_to(value, images.shape).astype("float32")
    except ValueError:
        raise ValueError(
            f"Received pixels of shape {value.shape} to put in place of images of shape {images.shape}; expected a "
            "number, or an array that broadcasts to them."
        ) from None
