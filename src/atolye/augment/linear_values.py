"""Pixel values scaled and shifted, image by image, and kept inside their range."""

from typing import Any

import numpy as np
from keras import ops

from atolye.augment.augmentation import as_arrays, as_tensors, blocks


def scale_and_shift_arrays(
    images: np.ndarray, scale: Any, shift: np.ndarray, value_range: tuple[float, float]
) -> np.ndarray:
    """Return `scale * images + shift`, clipped to the range.

    Args:
        images: `(batch, height, width, channels)`.
        scale: `(batch,)`, or one number.
        shift: `(batch,)`.
        value_range: lowest and highest value.
    """
    scale = np.broadcast_to(np.float32(scale), shift.shape)[:, None, None, None]
    shift = shift.astype("float32")[:, None, None, None]
    changed = np.empty_like(images)
    for rows in blocks(images):
        values = images[rows] * scale[rows]
        values += shift[rows]
        np.clip(values, *value_range, out=values)
        changed[rows] = as_arrays(values, images)
    return changed


def scale_and_shift_tensors(images: Any, scale: Any, shift: Any, value_range: tuple[float, float]) -> Any:
    """Do the same in `keras.ops`."""
    scale = scale if isinstance(scale, float) else ops.reshape(scale, (-1, 1, 1, 1))
    changed = ops.cast(images, "float32") * scale + ops.reshape(shift, (-1, 1, 1, 1))
    return as_tensors(ops.clip(changed, *value_range), images)
