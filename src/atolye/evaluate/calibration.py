"""Calibration: does a model that says 80 % get 80 % right?

Reference: Guo et al. (2017), On Calibration of Modern Neural Networks, https://arxiv.org/abs/1706.04599
"""

from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from atolye.evaluate.probabilities import checked_probabilities


class Calibration(TypedDict):
    """Expected and maximum calibration error in [0, 1], and the table of bins that they come from."""

    ece: float
    mce: float
    bins: pd.DataFrame


def calibration(targets: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> Calibration:
    """Compare the confidence of the answers with how often they are right.

    The confidence of an answer is its largest probability. Answers are put in bins of equal width
    `(lower, upper]`; ECE is the mean gap `|accuracy - confidence|` weighted by the bins' counts, MCE the
    largest gap of a bin that holds an example.

    Reference: Guo et al. (2017), https://arxiv.org/abs/1706.04599

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: shape `(n, classes)`; a vector is the probability of class 1.
        bins: number of bins over [0, 1], 1 or more.

    Returns:
        `ece`, `mce` and `bins`, a table `lower, upper, count, confidence, accuracy` (NaN in an empty bin).

    Raises:
        ValueError: when `bins` is below 1.

    Example:
        >>> round(calibration([1, 1, 0, 1], [0.9, 0.9, 0.9, 0.9])["ece"], 4)
        0.15
    """
    if bins < 1:
        raise ValueError(f"Received bins={bins}; expected 1 or more.")
    ids, values = checked_probabilities(targets, probabilities)
    confidence = values.max(axis=1)
    correct = (values.argmax(axis=1) == ids).astype(np.float64)
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    mean_confidence, mean_correct = np.full(bins, np.nan), np.full(bins, np.nan)
    filled = counts > 0
    np.divide(np.bincount(place, confidence, bins), counts, out=mean_confidence, where=filled)
    np.divide(np.bincount(place, correct, bins), counts, out=mean_correct, where=filled)
    gaps = np.abs(mean_correct - mean_confidence)[filled]
    table = pd.DataFrame(
        {
            "lower": edges[:-1],
            "upper": edges[1:],
            "count": counts,
            "confidence": mean_confidence,
            "accuracy": mean_correct,
        }
    )
    return {"ece": float(gaps @ counts[filled] / len(ids)), "mce": float(gaps.max()), "bins": table}
