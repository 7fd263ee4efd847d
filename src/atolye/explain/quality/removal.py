"""Deletion and insertion: do the places that a map names first make and break the answer?

Reference: Petsiuk et al. (2018), RISE, https://arxiv.org/abs/1806.07421
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from scipy.ndimage import gaussian_filter

from atolye.explain.explanation import Explanation
from atolye.explain.hook import ANSWER
from atolye.explain.methods.base import Task, make_task
from atolye.explain.methods.masked_scores import masked_scores
from atolye.explain.methods.neutral import neutral_images
from atolye.explain.quality.quality import Quality

BLUR = 16  # the blurred image, from which insertion starts: a Gaussian of a 16th of the image's side


def deletion(
    model: keras.Model,
    explanation: Explanation,
    *,
    steps: int = 16,
    fill: float | np.ndarray | None = None,
    inputs: Any = None,
    output: str | int | None = None,
    seed: int = 0,
    batch_size: int = 32,
) -> Quality:
    """Return the area under the target's probability while the strongest places are covered first; lower is better.

    Args:
        model: the model that was explained.
        explanation: what `explain_images` returned for it.
        steps: number of parts in which the places are covered, 1 or more; each is a pass an image.
        fill: pixels of covered places; default: each image's mean colour.
        inputs: what the model takes, where that is more than the images.
        output: the output that was explained, where there are several.
        seed: of the random maps.
        batch_size: copies at a time.

    Raises:
        ValueError: when `steps` is below 1, or the explanation is of a score of your own.

    Example:
        >>> from atolye.explain import grad_cam
        >>> from atolye.models import cnn
        >>> model, images = cnn((16, 16, 3), 4, widths=(8,)), np.random.default_rng(0).integers(0, 255, (2, 16, 16, 3))
        >>> deletion(model, grad_cam(model, images), steps=4).curves.shape
        (2, 5)
    """
    return _removal("deletion", model, explanation, steps, fill, inputs, output, seed, batch_size)


def insertion(
    model: keras.Model,
    explanation: Explanation,
    *,
    steps: int = 16,
    fill: float | np.ndarray | None = None,
    inputs: Any = None,
    output: str | int | None = None,
    seed: int = 0,
    batch_size: int = 32,
) -> Quality:
    """Return the area under the target's probability while the strongest places are uncovered first; higher is better.

    Args:
        model: the model that was explained.
        explanation: what `explain_images` returned for it.
        steps: number of parts in which the places are uncovered, 1 or more; each is a pass an image.
        fill: pixels to start from; default: the image itself, blurred.
        inputs: what the model takes, where that is more than the images.
        output: the output that was explained, where there are several.
        seed: of the random maps.
        batch_size: copies at a time.

    Raises:
        ValueError: when `steps` is below 1, or the explanation is of a score of your own.
    """
    return _removal("insertion", model, explanation, steps, fill, inputs, output, seed, batch_size)


def _removal(
    name: str,
    model: keras.Model,
    explanation: Explanation,
    steps: int,
    fill: float | np.ndarray | None,
    inputs: Any,
    output: str | int | None,
    seed: int,
    batch_size: int,
) -> Quality:
    if steps < 1:
        raise ValueError(f"Received steps={steps}; expected 1 or more, such as 16.")
    if (explanation.targets == ANSWER).any():
        raise ValueError("Received an explanation of a score of your own; expected one of a class. Give target= an id.")
    given = explanation.images if inputs is None else inputs
    task = make_task(model, given, target=explanation.targets, output=output, batch_size=batch_size).with_answers()
    images = task.inputs.images
    blurred = name == "insertion" and fill is None
    blank = _blurred(images) if blurred else neutral_images(images, fill)
    start, end = (images, blank) if name == "deletion" else (blank, images)
    maps = np.abs(explanation.maps) if explanation.magnitude else explanation.maps
    noise = np.random.default_rng(seed).random(maps.shape)
    curves, random_curves = (_curves(task, start, end, order, steps, batch_size) for order in (maps, noise))
    areas = [(curve.sum(axis=1) - (curve[:, 0] + curve[:, -1]) / 2) / steps for curve in (curves, random_curves)]
    return Quality(name, areas[0], areas[1], name == "insertion", curves, random_curves)


def _curves(
    task: Task, start: np.ndarray, end: np.ndarray, maps: np.ndarray, steps: int, batch_size: int
) -> np.ndarray:
    """Return the target's probability after each step, of shape `(num_images, steps + 1)`."""
    places = maps[0].size
    edges = np.rint(np.linspace(0, places, steps + 1)).astype(int)
    curves = np.empty((len(maps), steps + 1))
    for row, values in enumerate(maps):
        rank = np.empty(places, int)  # 0 for the strongest place
        rank[np.argsort(-values.ravel(), kind="stable")] = np.arange(places)
        copies = _mixed(start[row], end[row], rank.reshape(values.shape), edges, batch_size)
        curves[row] = masked_scores(task, row, copies)
    return curves


def _mixed(
    start: np.ndarray, end: np.ndarray, rank: np.ndarray, edges: np.ndarray, batch_size: int
) -> Iterator[np.ndarray]:
    for first in range(0, len(edges), batch_size):
        some = edges[first : first + batch_size]
        yield np.where((rank[None] < some[:, None, None])[..., None], end, start)


def _blurred(images: np.ndarray) -> np.ndarray:
    wide = max(images.shape[1:3]) / BLUR
    return gaussian_filter(images, (0, wide, wide, 0))
