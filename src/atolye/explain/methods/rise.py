"""RISE: show random parts of an image, and credit what was seen with the score."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import make_task
from atolye.explain.methods.masked_scores import masked_scores
from atolye.explain.methods.neutral import neutral_images

ROUNDING = 1e-7  # scores that differ by less are one score


def rise(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    output: str | int | None = None,
    masks: int = 500,
    cells: int = 7,
    seen: float = 0.5,
    fill: float | np.ndarray | None = None,
    seed: int = 0,
    batch_size: int = 32,
) -> Explanation:
    """Return how much higher the target's probability is when a place is seen, over random soft masks.

    Use it for any model at all where occlusion's square patches are too crude; more masks make it less noisy. The
    paper's map is this one plus the mean score of all masks, which is the same everywhere.

    Reference: Petsiuk et al. (2018), RISE, https://arxiv.org/abs/1806.07421

    Args:
        model: as the other arguments, see `explain_images`.
        images: of shape `(num_images, height, width, channels)`.
        target: class to explain; default: the model's answer.
        output: name of the output, where there are several.
        masks: number of masks, 2 or more; the paper takes thousands. The same masks serve every image.
        cells: cells of the mask's grid along a side, 2 or more.
        seen: share of the cells that are seen, between 0 and 1.
        fill: pixels where nothing is seen; default: each image's mean colour.
        seed: the same seed, the same masks.
        batch_size: masked copies at a time.

    Raises:
        ValueError: when masks, cells or seen are out of range.

    Example:
        >>> dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), dense])
        >>> rise(model, np.eye(8).reshape(1, 8, 8, 1), masks=20).maps.shape
        (1, 8, 8)
    """
    if masks < 2 or cells < 2 or not 0 < seen < 1:
        raise ValueError(
            f"Received masks={masks}, cells={cells}, seen={seen}; expected masks and cells of 2 or more, and seen "
            "between 0 and 1. Try masks=500, cells=7, seen=0.5."
        )
    task = make_task(model, images, target=target, output=output, batch_size=batch_size).with_answers()
    pixels = task.inputs.images
    blank = neutral_images(pixels, fill)
    drawn = random_masks(masks, pixels.shape[1:3], cells=cells, seen=seen, seed=seed)
    weights = drawn / np.maximum(drawn.sum(axis=0), 1e-12)  # each place's masks sum to 1
    maps = np.zeros(pixels.shape[:3])
    for row, image in enumerate(pixels):
        scores = masked_scores(task, row, _masked(image, blank[row], drawn, batch_size))
        centred = scores - scores.mean()
        if np.ptp(scores) > ROUNDING:
            maps[row] = np.tensordot(centred, weights, axes=1)
    return task.explanation("rise", maps)


def random_masks(count: int, size: tuple[int, int], *, cells: int, seen: float, seed: int) -> np.ndarray:
    """Return soft masks in [0, 1] of shape `(count, height, width)`: coarse random grids, spread and shifted.

    Example:
        >>> random_masks(3, (8, 10), cells=4, seen=0.5, seed=0).shape
        (3, 8, 10)
    """
    random = np.random.default_rng(seed)
    height, width = size
    cell = (-(-height // cells), -(-width // cells))
    grids = (random.random((count, cells + 1, cells + 1)) < seen).astype("float64")
    shifts = random.integers(0, cell, (count, 2))
    masks = np.empty((count, height, width), "float32")
    for index, (grid, (down, right)) in enumerate(zip(grids, shifts, strict=True)):
        rows = _spread(height, cell[0], cells + 1, down)
        columns = _spread(width, cell[1], cells + 1, right)
        masks[index] = rows @ grid @ columns.T
    return masks


def _spread(size: int, cell: int, knots: int, shift: int) -> np.ndarray:
    """Return the matrix of linear interpolation from `knots` values to `size` places, of shape `(size, knots)`."""
    places = (np.arange(size) + shift) / cell
    return np.clip(1 - np.abs(np.minimum(places, knots - 1)[:, None] - np.arange(knots)), 0, 1)


def _masked(image: np.ndarray, blank: np.ndarray, masks: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    for first in range(0, len(masks), batch_size):
        yield blank + (image - blank) * masks[first : first + batch_size, :, :, None]
