"""The simplest augmentation of photographs, on whole arrays: mirror and shift."""

from itertools import product

import numpy as np


def flip_and_shift(images: np.ndarray, random: np.random.Generator, *, most: int = 2) -> np.ndarray:
    """Return new images: half of them mirrored, each moved by up to `most` pixels, the border filled by reflection.

    Use it once an epoch in labs whose subject is not augmentation: no pipeline, less than a second for 40,000 images.

    Args:
        images: shape `(count, height, width, channels)`, of any type; not changed.
        random: source of the random numbers.
        most: pixels, 0 or more, less than height and width.

    Example:
        >>> flip_and_shift(np.zeros((4, 8, 8, 3), "uint8"), np.random.default_rng(0)).shape
        (4, 8, 8, 3)
    """
    height, width = images.shape[1:3]
    moved = np.empty_like(images)
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="reflect")
    tops, lefts = random.integers(0, 2 * most + 1, (2, len(images)))
    for top, left in product(range(2 * most + 1), repeat=2):
        rows = np.flatnonzero((tops == top) & (lefts == left))
        moved[rows] = padded[rows, top : top + height, left : left + width]
    mirrored = random.random(len(images)) < 0.5
    moved[mirrored] = moved[mirrored, :, ::-1]
    return moved
