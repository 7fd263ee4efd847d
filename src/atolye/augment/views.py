"""Several views of an image at prediction: mirrored and moved, their answers averaged."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from atolye.augment.checks import check_images
from atolye.errors import did_you_mean

Views = Literal["none", "flip", "multi_crop"]


def predict_views(
    predict: Callable[[np.ndarray], np.ndarray], images: np.ndarray, *, views: Views = "flip"
) -> np.ndarray:
    """Return the weighted mean of what a model answers to several views of each image.

    Use it where an answer may take longer: `flip` asks twice, `multi_crop` six times. The gain is small and free of
    training; on digits and text leave flips out, as in training.

    Reference: Krizhevsky et al. (2012), ImageNet Classification with Deep CNNs, for the ten crops; Jordan (2024),
        arXiv:2404.00498, section 3.5, for these six.

    Args:
        predict: takes images, `(batch, height, width, channels)`, and returns probabilities or values, `(batch, n)`.
        images: what to predict; not changed.
        views: `"none"`; `"flip"`: the image and its mirror image; `"multi_crop"`: those two for half of the weight, and
            both moved by a sixteenth of the side up and left, and down and right, for the other half.

    Returns:
        `(batch, n)`.

    Raises:
        ValueError: for an unknown word, or images that are no batch.

    Example:
        >>> def first_pixel(images):
        ...     return images[:, 0, 0]
        >>> predict_views(first_pixel, np.array([[[[2.0], [4.0]]]]), views="flip").tolist()
        [[3.0]]
    """
    if views not in get_args(Views):
        known = ", ".join(map(repr, get_args(Views)))
        raise ValueError(f"Received views={views!r}; expected one of {known}.{did_you_mean(views, get_args(Views))}")
    images = np.asarray(images)
    check_images(images, name="predict_views")
    if views == "none":
        return predict(images)
    whole = _both_ways(predict, images)
    if views == "flip":
        return whole
    step = max(1, min(images.shape[1:3]) // 16)
    padded = np.pad(images, ((0, 0), (step, step), (step, step), (0, 0)), mode="symmetric")
    height, width = images.shape[1:3]
    corners = [padded[:, start : start + height, start : start + width] for start in (0, 2 * step)]
    moved = [_both_ways(predict, np.ascontiguousarray(corner)) for corner in corners]
    return whole / 2 + (moved[0] + moved[1]) / 4


def _both_ways(predict: Callable[[np.ndarray], np.ndarray], images: np.ndarray) -> np.ndarray:
    return (predict(images) + predict(np.ascontiguousarray(images[:, :, ::-1]))) / 2
