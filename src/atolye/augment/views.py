"""Several views of an image at prediction: mirrored and moved, their answers averaged."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from atolye.augment.checks import check_images
from atolye.errors import did_you_mean

Views = Literal["none", "flip", "multi_crop"]


def predict_views(
    predict: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    *,
    views: Views = "flip",
    share: float = 1.0,
    answers: np.ndarray | None = None,
) -> np.ndarray:
    """Return the weighted mean of what a model answers to several views of each image.

    Use it where an answer may take longer: `flip` asks twice, `multi_crop` six times. The gain is small and free of
    training; on digits and text leave flips out, as in training. With a `share` of 0.25 only the quarter of the images
    of which the model is least sure gets further views: 1.25 and 2.25 times the work of one view instead of 2 and 6.

    Reference: Krizhevsky et al. (2012), ImageNet Classification with Deep CNNs, for the ten crops; Jordan (2024),
        arXiv:2404.00498, section 3.5, for these six.

    Args:
        predict: takes images, `(batch, height, width, channels)`, and returns probabilities or values, `(batch, n)`.
        images: what to predict; not changed.
        views: `"none"`; `"flip"`: the image and its mirror image; `"multi_crop"`: those two for half of the weight, and
            both moved by 1/32 of the side up and left, and down and right, for the other half.
        share: share of the images that get further views, from 0 to 1: those with the lowest highest probability.
        answers: what the model answers to the images themselves, where it is known: it is not asked again then.

    Returns:
        `(batch, n)`.

    Raises:
        ValueError: for an unknown word, images that are no batch, answers to another number of images, a share that is
            none, or a share below 1 where the answers are no probabilities.

    Example:
        >>> def first_pixel(images):
        ...     return images[:, 0, 0]
        >>> predict_views(first_pixel, np.array([[[[2.0], [4.0]]]]), views="flip").tolist()
        [[3.0]]
    """
    check_views(views)
    images = np.asarray(images)
    check_images(images, name="predict_views")
    if not 0 <= share <= 1:
        raise ValueError(f"Received share={share}; expected a share of the images from 0 to 1.")
    answers = np.asarray(predict(images) if answers is None else answers)
    if len(answers) != len(images):
        raise ValueError(f"Received {len(answers)} answers and {len(images)} images; expected one answer an image.")
    if views == "none":
        return answers
    if share == 1:
        return _with_views(predict, images, answers, views)
    unsure = np.argsort(_confidence(answers), kind="stable")[: round(share * len(images))]
    if len(unsure):
        unsure.sort()
        answers = answers.copy()
        answers[unsure] = _with_views(predict, images[unsure], answers[unsure], views)
    return answers


def check_views(views: str) -> None:
    """Raise a ValueError unless `views` is a word that `predict_views` knows."""
    if views not in get_args(Views):
        known = ", ".join(map(repr, get_args(Views)))
        raise ValueError(f"Received views={views!r}; expected one of {known}.{did_you_mean(views, get_args(Views))}")


def _with_views(
    predict: Callable[[np.ndarray], np.ndarray], images: np.ndarray, answers: np.ndarray, views: Views
) -> np.ndarray:
    """Return the mean over the views of images whose own `answers` are known."""
    whole = (answers + predict(_mirrored(images))) / 2
    if views == "flip":
        return whole
    step = max(1, min(images.shape[1:3]) // 32)
    padded = np.pad(images, ((0, 0), (step, step), (step, step), (0, 0)), mode="symmetric")
    height, width = images.shape[1:3]
    corners = [padded[:, start : start + height, start : start + width] for start in (0, 2 * step)]
    moved = [_both_ways(predict, np.ascontiguousarray(corner)) for corner in corners]
    return whole / 2 + (moved[0] + moved[1]) / 4


def _both_ways(predict: Callable[[np.ndarray], np.ndarray], images: np.ndarray) -> np.ndarray:
    return (predict(images) + predict(_mirrored(images))) / 2


def _mirrored(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images[:, :, ::-1])


def _confidence(probabilities: np.ndarray) -> np.ndarray:
    """Return each row's highest probability; of a single column, which is that of class 1, the higher of two."""
    if probabilities.ndim != 2 or not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError(
            f"Received answers of shape {probabilities.shape} for a share below 1; expected probabilities, (batch, n) "
            "from 0 to 1. Take share=1, which asks for all views of all images."
        )
    if probabilities.shape[1] == 1:
        return np.maximum(probabilities, 1 - probabilities)[:, 0]
    return probabilities.max(axis=1)
