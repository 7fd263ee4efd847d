"""Rectangles in images: one for each image, in whole pixels."""

from typing import Any

import numpy as np
from keras import ops


def boxes_around(centres: Any, sides: Any, image: tuple[int, int], xp: Any) -> tuple[Any, Any, Any, Any]:
    """Return top, bottom, left and right of rectangles, cut off at the image's border.

    Args:
        centres: `(y, x)`, each `(batch,)` as a share of the side in [0, 1).
        sides: `(height, width)` in pixels, each `(batch,)` or a number, whole.
        image: height and width.
        xp: `numpy` or `keras.ops`.

    Returns:
        Whole numbers as float32, `(batch,)` each; rows `top <= y < bottom`, columns `left <= x < right`.
    """
    edges: list[Any] = []
    for centre, side, length in zip(centres, sides, image, strict=True):
        first = xp.floor(centre * length) - xp.floor(side / 2)
        edges += [xp.clip(first, 0, length), xp.clip(first + side, 0, length)]
    return edges[0], edges[1], edges[2], edges[3]


def paste_arrays(images: np.ndarray, boxes: tuple[Any, ...], source: np.ndarray) -> np.ndarray:
    """Return a copy of the images with the boxes taken from `source`: as many images, or a value for each."""
    changed = images.copy()
    edges = np.stack(boxes, axis=1).astype("int64").tolist()
    for place, image, (top, bottom, left, right) in zip(changed, source, edges, strict=True):
        place[top:bottom, left:right] = image[top:bottom, left:right] if np.ndim(image) else image
    return changed


def paste_tensors(images: Any, boxes: tuple[Any, ...], source: Any) -> Any:
    """Do the same in `keras.ops`; `source` is of the images' type, with one value an image as `(batch, 1, 1, 1)`."""
    top, bottom, left, right = (ops.reshape(edge, (-1, 1, 1, 1)) for edge in boxes)
    rows = ops.reshape(ops.arange(images.shape[1], dtype="float32"), (1, -1, 1, 1))
    columns = ops.reshape(ops.arange(images.shape[2], dtype="float32"), (1, 1, -1, 1))
    inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    return ops.where(inside, source, images)
