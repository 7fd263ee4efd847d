"""Occlusion: cover a patch, see how far the answer falls."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import make_task
from atolye.explain.methods.masked_scores import masked_scores
from atolye.explain.methods.neutral import neutral_images


def occlusion(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    output: str | int | None = None,
    patch: int | None = None,
    stride: int | None = None,
    fill: float | np.ndarray | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return by how much the target's probability falls when a place is covered, mean over the patches that cover it.

    Use it for any model at all, with no layer and no slope, and to check the maps that need them. It is as fine as the
    patch and costs a pass for each.

    Reference: Zeiler and Fergus (2014), https://arxiv.org/abs/1311.2901

    Args:
        model: as the other arguments, see `explain_images`.
        images: of shape `(num_images, height, width, channels)`.
        target: class to explain; default: the model's answer.
        output: name of the output, where there are several.
        patch: side of the square patch in pixels; default: an eighth of the image's longer side, at least 2.
        stride: pixels from one patch to the next; default: half a patch.
        fill: pixels of the patch; default: each image's mean colour.
        batch_size: covered copies at a time.

    Raises:
        ValueError: when patch or stride is out of range.

    Example:
        >>> dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), dense])
        >>> occlusion(model, [[[[1.0], [2.0]], [[3.0], [4.0]]]], patch=1, stride=1, fill=0).maps.tolist()
        [[[1.0, 2.0], [3.0, 4.0]]]
    """
    task = make_task(model, images, target=target, output=output, batch_size=batch_size).with_answers()
    pixels = task.inputs.images
    height, width = pixels.shape[1:3]
    patch = max(2, max(height, width) // 8) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    if not 1 <= patch <= max(height, width) or not 1 <= stride <= patch:
        raise ValueError(
            f"Received patch={patch}, stride={stride} for images of {height} x {width}; expected a patch from 1 to "
            f"{max(height, width)} and a stride from 1 to the patch."
        )
    corners = [(top, left) for top in _starts(height, patch, stride) for left in _starts(width, patch, stride)]
    cover = np.zeros((height, width))
    for top, left in corners:
        cover[top : top + patch, left : left + patch] += 1
    blank, maps = neutral_images(pixels, fill), np.zeros(pixels.shape[:3])
    for row, image in enumerate(pixels):
        scores = masked_scores(task, row, _covered(image, blank[row], corners, patch, batch_size))
        for (top, left), score in zip(corners, scores, strict=True):
            maps[row, top : top + patch, left : left + patch] += task.answer.value[row] - score
    return task.explanation("occlusion", maps / cover)


def _starts(size: int, patch: int, stride: int) -> list[int]:
    """Return where patches begin, the last at the far edge, so that every pixel is covered."""
    last = max(0, size - patch)
    return sorted({*range(0, last + 1, stride), last})


def _covered(
    image: np.ndarray, blank: np.ndarray, corners: list[tuple[int, int]], patch: int, batch_size: int
) -> Iterator[np.ndarray]:
    for first in range(0, len(corners), batch_size):
        some = corners[first : first + batch_size]
        copies = np.repeat(image[None], len(some), axis=0)
        for copy, (top, left) in zip(copies, some, strict=True):
            copy[top : top + patch, left : left + patch] = blank[top : top + patch, left : left + patch]
        yield copies
