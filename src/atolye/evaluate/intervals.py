"""How far a figure from a finite test split can be trusted."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm


def wilson_interval(successes: int, total: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson score interval of a share, such as an accuracy.

    Unlike the normal approximation it stays inside [0, 1] and has a width at 0 % and 100 %.

    Reference: Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference

    Args:
        successes: examples that were right, in `[0, total]`.
        total: examples, 1 or more.
        confidence: in (0, 1).

    Raises:
        ValueError: when a number is out of range.

    Example:
        >>> [round(edge, 4) for edge in wilson_interval(95, 100)]
        [0.8882, 0.9785]
    """
    if total < 1 or not 0 <= successes <= total:
        raise ValueError(f"Received {successes} of {total}; expected 0 <= successes <= total and total >= 1.")
    z = _quantile(confidence)
    share = successes / total
    middle = share + z * z / (2 * total)
    half = z * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return float(max(0.0, (middle - half) / scale)), float(min(1.0, (middle + half) / scale))


def accuracy_interval(targets: ArrayLike, predictions: ArrayLike, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return the Wilson interval of the share of `predictions` that equal `targets`.

    Example:
        >>> [round(edge, 3) for edge in accuracy_interval([0, 1, 1, 0], [0, 1, 1, 0])]
        [0.51, 1.0]
    """
    right = np.asarray(targets).reshape(-1) == np.asarray(predictions).reshape(-1)
    return wilson_interval(int(right.sum()), len(right), confidence=confidence)


def bootstrap_interval(
    statistic: Callable[..., float],
    *arrays: ArrayLike,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of any figure, by drawing examples with replacement.

    Use it where no formula is at hand (RMSE, macro F1). Resamples for which the figure is NaN are left out.

    Reference: Efron (1979), Bootstrap Methods: Another Look at the Jackknife

    Args:
        statistic: function of the resampled arrays, such as `lambda t, p: regression_metrics(t, p)["rmse"]`.
        *arrays: arrays of the same length, resampled together.
        confidence: in (0, 1).
        resamples: draws, 1 or more.
        seed: the same seed gives the same interval.

    Returns:
        Lower and upper edge; NaN when the figure is NaN in every resample.

    Raises:
        ValueError: when arrays are empty or differ in length.

    Example:
        >>> bootstrap_interval(np.mean, [2.0, 2.0, 2.0])
        (2.0, 2.0)
    """
    columns: list[NDArray] = [np.asarray(array) for array in arrays]
    lengths = {len(column) for column in columns}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(f"Received arrays of lengths {sorted(lengths)}; expected one length, 1 or more.")
    _quantile(confidence)
    generator = np.random.default_rng(seed)
    size = lengths.pop()
    values = []
    for _ in range(resamples):
        rows = generator.integers(0, size, size)
        values.append(float(statistic(*(column[rows] for column in columns))))
    kept = np.array([value for value in values if np.isfinite(value)])
    if len(kept) == 0:
        return float("nan"), float("nan")
    low, high = np.quantile(kept, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _quantile(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"Received confidence={confidence}; expected a number between 0 and 1, such as 0.95.")
    return float(norm.ppf((1 + confidence) / 2))
