"""Two ways of training compared over seeds: the mean gain, its spread, and whether chance explains it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class PairedComparison:
    """What `compare_paired` found.

    Args:
        gain: mean of (scores - baseline).
        spread: standard deviation of the gains, n - 1 in the denominator.
        low: lower end of the 95 % confidence interval of the mean gain.
        high: upper end.
        p_value: probability of so large a mean gain, either way, when there is no true one; NaN when all gains are 0.
        count: number of pairs.
    """

    gain: float
    spread: float
    low: float
    high: float
    p_value: float
    count: int

    def to_dict(self) -> dict[str, float]:
        """Return plain JSON values."""
        return asdict(self)


def compare_paired(scores: Sequence[float], baseline: Sequence[float]) -> PairedComparison:
    """Compare two lists of scores, pair by pair, with Student's paired t-test.

    Use it when the same seeds (or folds) were used for both: what a seed does to both cancels out. Two or three pairs
    say next to nothing; five are the least to build on.

    Reference: Student (1908), The Probable Error of a Mean, https://doi.org/10.2307/2331554.

    Args:
        scores: one score a seed, such as test accuracies.
        baseline: the scores to compare with, for the same seeds in the same order.

    Returns:
        Gain, spread, interval and p-value.

    Raises:
        ValueError: when the lists differ in length or hold fewer than 2 scores.

    Example:
        >>> round(compare_paired([0.92, 0.93, 0.95], [0.90, 0.91, 0.92]).p_value, 3)
        0.02
    """
    if len(scores) != len(baseline) or len(scores) < 2:
        raise ValueError(
            f"Received {len(scores)} and {len(baseline)} scores; expected as many of both, 2 or more. Run more seeds."
        )
    gains = np.asarray(scores, "float64") - np.asarray(baseline, "float64")
    mean, spread, count = float(gains.mean()), float(gains.std(ddof=1)), len(gains)
    half = float(stats.t.ppf(0.975, count - 1)) * spread / count**0.5
    if spread == 0:  # every pair gained the same: no spread to hold the gain against
        p_value = float("nan") if mean == 0 else 0.0
    else:
        p_value = float(2 * stats.t.sf(abs(mean) / (spread / count**0.5), count - 1))
    return PairedComparison(mean, spread, mean - half, mean + half, p_value, count)
