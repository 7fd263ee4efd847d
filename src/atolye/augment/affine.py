"""Turning, zooming and moving images: six numbers an image, and the pixels between pixels."""

from typing import Any

import numpy as np
from keras import ops

from atolye.augment.augmentation import Augmentation, as_arrays, as_tensors, blocks


class Affine(Augmentation):
    """Base of `Rotation`, `Zoom` and `Translation`: what lies outside the image is its mirror image.

    A subclass writes `inverse(draws, xp)`, which returns the matrix that leads from a place in the new image to one in
    the old, both counted from the centre: `x = a x' + b y' + c w`, `y = d x' + e y' + f h` for an image of w x h.
    """

    def inverse(self, draws: Any, xp: Any) -> tuple[Any, ...]:
        """Return a, b, c, d, e, f, each `(batch,)` or a number; `xp` is `numpy` or `keras.ops`."""
        raise NotImplementedError

    def change_arrays(self, images: np.ndarray, draws: np.ndarray) -> np.ndarray:
        height, width = images.shape[1:3]
        matrices = np.stack(np.broadcast_arrays(*_from_corner(self.inverse(draws, np), height, width)), axis=1)
        return warp(images, matrices.astype("float32"))

    def change_tensors(self, images: Any, draws: Any) -> Any:
        height, width = images.shape[1:3]
        zeros = ops.zeros_like(draws[:, 0])
        six = [zeros + number for number in _from_corner(self.inverse(draws, ops), height, width)]
        # Keras's layers of this kind are right and use this operation; they cannot take the random numbers from us.
        turned = ops.image.affine_transform(
            ops.cast(images, "float32"),  # on uint8 the operation cuts fractions off: half a level darker each time
            ops.stack([*six, zeros, zeros], axis=1),
            interpolation="bilinear",
            fill_mode="reflect",
            data_format="channels_last",
        )
        return as_tensors(turned, images)


def _from_corner(matrix: tuple[Any, ...], height: int, width: int) -> tuple[Any, ...]:
    """Return the matrix for places counted in pixels from the first one, not from the centre."""
    a, b, c, d, e, f = matrix
    x, y = (width - 1) / 2, (height - 1) / 2
    return a, b, c * width + x - a * x - b * y, d, e, f * height + y - d * x - e * y


def warp(images: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Return images whose pixel at (x', y') is the old image's at (a x' + b y' + c, d x' + e y' + f).

    Args:
        images: `(batch, height, width, channels)`.
        matrices: a to f of each image, `(batch, 6)` float32.
    """
    return np.concatenate([_warp(images[rows], matrices[rows]) for rows in blocks(images)])


def _warp(images: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    count, height, width, channels = images.shape
    a, b, c, d, e, f = matrices.T[:, :, None, None]
    across, down = np.arange(width, dtype="float32"), np.arange(height, dtype="float32")[:, None]
    left, right, right_share = _neighbours(a * across + b * down + c, width)
    top, bottom, bottom_share = _neighbours(d * across + e * down + f, height)
    first = np.arange(count)[:, None, None] * (height * width)
    top, bottom = top * width + first, bottom * width + first
    # One share for each channel, too: arithmetic with a last axis of 1 is four times slower.
    right_share, bottom_share = (
        np.repeat(share, channels, axis=-1).reshape(images.shape) for share in (right_share, bottom_share)
    )
    pixels = images.reshape(-1, channels)
    upper = _blend(pixels, top + left, top + right, right_share)
    lower = _blend(pixels, bottom + left, bottom + right, right_share)
    lower -= upper
    lower *= bottom_share
    lower += upper
    return as_arrays(lower, images)


def _blend(pixels: np.ndarray, before: np.ndarray, after: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return what lies between two pixels, `share` of the way from `before` to `after`."""
    # The places are all inside; "clip" only spares take its check of them.
    first = pixels.take(before, axis=0, mode="clip").astype("float32")
    blended = pixels.take(after, axis=0, mode="clip").astype("float32")
    blended -= first
    blended *= share
    blended += first
    return blended


def _neighbours(places: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pixels before and after each place, mirrored at the borders, and the share of the latter."""
    before = np.floor(places)
    share = places - before
    mirror = np.concatenate([np.arange(length)[::-1], np.arange(length), np.arange(length)[::-1]])
    before += length
    index = np.clip(before, 0, 3 * length - 2, out=before).astype("int64")
    return mirror.take(index, mode="clip"), mirror.take(index + 1, mode="clip"), share
