"""How good maps are by one measure, image by image, beside maps of random numbers."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Quality:
    """One measure of the maps of an explanation.

    Args:
        name: name of the measure.
        values: one number an image, of shape `(num_images,)`; NaN where it cannot be told.
        random: the same measure of maps of random numbers, of the same shape.
        higher_is_better: which way is good.
        curves: the curve under which each value is the area, of shape `(num_images, steps + 1)`; empty without one.
        random_curves: the same for random maps.
    """

    name: str
    values: np.ndarray
    random: np.ndarray
    higher_is_better: bool
    curves: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    random_curves: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    @property
    def mean(self) -> float:
        """Mean over the images where it can be told; NaN when there is none."""
        return _mean(self.values)

    @property
    def random_mean(self) -> float:
        """Mean of the random maps: what says nothing would get."""
        return _mean(self.random)

    def __str__(self) -> str:
        way = "higher" if self.higher_is_better else "lower"
        return f"{self.name}: {self.mean:.3f}, random maps {self.random_mean:.3f} ({way} is better)"


def _mean(values: np.ndarray) -> float:
    told = values[np.isfinite(values)]
    return float(told.mean()) if len(told) else float("nan")
