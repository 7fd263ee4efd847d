"""Integrated gradients: the slope along the straight way from a baseline to the image, which adds up exactly."""

from typing import Any

import keras
import numpy as np

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Probe, Target, ask
from atolye.explain.methods.base import Task, make_task
from atolye.explain.methods.neutral import neutral_images


def integrated_gradients(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    output: str | int | None = None,
    baseline: float | np.ndarray | None = None,
    steps: int = 32,
    batch_size: int = 32,
) -> Explanation:
    """Return how much each pixel brings to the score, on the way from a baseline image to the image.

    Use it where the parts should add up: the map's sum is score(image) - score(baseline). How far it is off stands in
    `details["incompleteness"]`, as a share of that difference; more steps bring it down.

    Reference: Sundararajan et al. (2017), Axiomatic Attribution for Deep Networks, https://arxiv.org/abs/1703.01365

    Args:
        model: as the other arguments, see `explain_images`.
        images: of shape `(num_images, height, width, channels)`.
        target: class to explain; default: the model's answer.
        output: name of the output, where there are several.
        baseline: image that says nothing: a pixel value, or an array of the images' shape (or one that broadcasts to
            it); default: each image's mean colour.
        steps: points on the way (Gauss-Legendre), 1 or more; each is a pass forward and back.
        batch_size: images at a time.

    Raises:
        ValueError: when `steps` is below 1.

    Example:
        >>> dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), dense])
        >>> integrated_gradients(model, [[[[1.0], [2.0]], [[3.0], [4.0]]]], baseline=1.0).maps.round(4).tolist()
        [[[0.0, 1.0], [2.0, 3.0]]]
    """
    if steps < 1:
        raise ValueError(f"Received steps={steps}; expected 1 or more, such as 32.")
    task = make_task(model, images, target=target, output=output, batch_size=batch_size).with_answers()
    start = neutral_images(task.inputs.images, baseline)
    maps = np.concatenate(
        [_integrate(task, start, slice(first, first + batch_size), steps) for first in range(0, len(start), batch_size)]
    )
    rise = _scores(task, task.inputs.images) - _scores(task, start)
    missing = np.abs(maps.sum(axis=(1, 2)) - rise) / np.maximum(np.abs(rise), 1e-12)
    return task.explanation("integrated_gradients", maps, details={"incompleteness": missing})


def slope_of_pixels(values: Any, slope: Any, images: Any) -> Any:
    """Return dy/dx, of shape `(batch, height, width, channels)`."""
    return slope


def _integrate(task: Task, start: np.ndarray, rows: slice, steps: int) -> np.ndarray:
    nodes, weights = np.polynomial.legendre.leggauss(steps)  # on [-1, 1]
    probe = task.probe(slope_of_pixels, gradient=True)
    way = task.inputs.images[rows] - start[rows]
    total = np.zeros(way.shape)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        at = (start[rows] + node * way).astype("float32")
        total += weight * ask(task.model, probe, task.inputs.take(rows, at), task.classes[rows]).maps
    return (total * way).sum(axis=-1)


def _scores(task: Task, images: np.ndarray) -> np.ndarray:
    probe = Probe(task.output, rule=task.rule)
    values = []
    for first in range(0, len(images), task.batch_size):
        rows = slice(first, first + task.batch_size)
        values.append(ask(task.model, probe, task.inputs.take(rows, images[rows]), task.classes[rows]).value)
    return np.concatenate(values).astype("float64")
