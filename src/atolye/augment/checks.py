"""Checks of the arguments that techniques share: received, expected, how to fix."""

from collections.abc import Sequence
from typing import Any

import numpy as np

ValueRange = Sequence[float]


def check_probability(probability: float) -> float:
    """Return the probability; ValueError unless it lies in [0, 1]."""
    if not 0 <= probability <= 1:
        raise ValueError(f"Received probability={probability}; expected a share of the images from 0 to 1.")
    return float(probability)


def check_value_range(value_range: ValueRange) -> tuple[float, float]:
    """Return lowest and highest pixel value; ValueError unless they are two numbers in rising order."""
    values = tuple(float(value) for value in value_range)
    if len(values) != 2 or not values[0] < values[1]:
        raise ValueError(
            f"Received value_range={tuple(value_range)}; expected the lowest and the highest value of a pixel. "
            "Pass dataset.value_range, such as (0, 255)."
        )
    return values[0], values[1]


def check_share(name: str, value: float, *, above: float = 0.0, up_to: float = 1.0, fix: str) -> float:
    """Return `value`; ValueError unless it lies above `above` and is at most `up_to`."""
    if not above < value <= up_to:
        raise ValueError(f"Received {name}={value}; expected a number above {above:g}, at most {up_to:g}. {fix}")
    return float(value)


def check_alpha(alpha: float) -> float:
    """Return the parameter of the Beta distribution; ValueError unless it is above 0."""
    if not 0 < alpha < np.inf:
        raise ValueError(f"Received alpha={alpha}; expected a number above 0. 0.2 mixes little, 1 draws every share.")
    return float(alpha)


def check_images(images: Any, *, name: str) -> None:
    """Raise ValueError unless images come as a batch of rank 4; a single one would silently be taken for a batch."""
    if len(images.shape) != 4:
        raise ValueError(
            f"{name} received images of shape {tuple(images.shape)}; expected a batch, (batch, height, width, channels)"
            ". Batch first, then augment."
        )
