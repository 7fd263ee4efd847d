"""Rule: the pixels lie in the value range that the dataset states."""

from collections.abc import Sequence

import numpy as np

from atolye.doctor.finding import Finding

SAMPLE = 256  # images looked at, evenly spread
SMALL = 0.02  # of the range: what all pixels together never keep to, unless they were scaled to another one


def value_range_disagrees(images: np.ndarray, value_range: Sequence[float]) -> Finding | None:
    """Find images whose pixels are in another range than stated, such as [0, 1] for a stated (0, 255).

    Augmentation and models go by the stated range: brightness changed by 0.2 of 255 leaves nothing of pixels in [0, 1],
    and a rescaling by 1 / 255 makes them all black.

    Args:
        images: `(num_images, ...)`, any number type; may be memory-mapped.
        value_range: lowest and highest value that a pixel can take, as in `Dataset.value_range`.

    Example:
        >>> value_range_disagrees(np.random.default_rng(0).random((4, 8, 8, 3)), (0, 255)).fix
        'Multiply the images by 255, or state value_range=(0, 1)'
    """
    if not len(images):
        return None
    low, high = (float(value) for value in value_range)
    sample = np.asarray(images[np.linspace(0, len(images) - 1, min(len(images), SAMPLE)).astype("int64")])
    lowest, highest = float(sample.min()), float(sample.max())
    cause = f"Received pixels from {lowest:.4g} to {highest:.4g} for a stated value range of {low:g} to {high:g}"
    slack = 1e-3 * (high - low)
    if lowest < low - slack or highest > high + slack:
        likely = (0, 255) if lowest >= 0 and highest > 1 else (-1, 1) if lowest < 0 and highest <= 1 else None
        fix = "Scale the images into it, or state their own range"
        return Finding(cause, "augmentation would cut them off", f"{fix}: value_range={likely}" if likely else fix)
    if 0 < highest - low <= SMALL * (high - low):
        fix = f"Multiply the images by {high:g}, or state value_range=(0, 1)" if low == 0 else "State their own range"
        return Finding(cause, "augmentation and rescaling would make all of them one dark area", fix)
    return None
