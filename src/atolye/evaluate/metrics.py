"""The numbers that a run is judged by, for classification and for regression."""

import numpy as np
from numpy.typing import ArrayLike

from atolye.evaluate.calibration import calibration
from atolye.evaluate.confusion import confusion
from atolye.evaluate.curves import mean_area, roc
from atolye.evaluate.per_class import ratio
from atolye.evaluate.probabilities import checked_probabilities


def metrics(targets: ArrayLike, probabilities: ArrayLike) -> dict[str, float]:
    """Score a classifier.

    A class that the split does not hold is left out of the means instead of counting as zero.

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: in [0, 1], shape `(n, classes)`; a vector is the probability of class 1.

    Returns:
        `accuracy`, `balanced_accuracy` (mean recall), `auc` (binary: of class 1; more classes: mean of one
        against the rest; NaN when only one class is there), `log_loss` (nats), `ece` (15 bins) and
        `macro_f1` (mean over the classes that occur or are predicted).

    Raises:
        ValueError: when the shapes disagree or a value is no probability.

    Example:
        >>> metrics([0, 1, 1, 0], [0.2, 0.9, 0.4, 0.1])["accuracy"]
        0.75
    """
    ids, values = checked_probabilities(targets, probabilities)
    matrix = confusion(ids, values.argmax(axis=1), values.shape[1])
    hits, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    curves = roc(ids, values)
    of_target = values[np.arange(len(ids)), ids]
    return {
        "accuracy": float(hits.sum() / len(ids)),
        "balanced_accuracy": float(np.nanmean(ratio(hits, support))),
        "auc": curves[1].area if len(curves) == 2 else mean_area(curves),
        "log_loss": float(-np.mean(np.log(np.clip(of_target, np.finfo(np.float64).eps, 1.0)))),
        "ece": calibration(ids, values)["ece"],
        "macro_f1": float(np.nanmean(ratio(2 * hits, support + predicted))),
    }


def regression_metrics(targets: ArrayLike, predictions: ArrayLike) -> dict[str, float]:
    """Score a regression.

    Args:
        targets: true values, shape `(n,)` or `(n, 1)`.
        predictions: predicted values, the same number.

    Returns:
        `rmse` and `mae` in the unit of the target, and `r2` (1 is perfect, 0 is as good as the mean, NaN
        when the targets are all one value).

    Raises:
        ValueError: when the lengths differ, there is nothing to score or a value is not finite.

    Example:
        >>> regression_metrics([1.0, 2.0, 3.0], [1.0, 2.0, 5.0])["mae"]
        0.6666666666666666
    """
    true = np.asarray(targets, dtype=np.float64).reshape(-1)
    guess = np.asarray(predictions, dtype=np.float64).reshape(-1)
    if len(true) == 0 or len(true) != len(guess):
        raise ValueError(
            f"Received {len(true)} targets and {len(guess)} predictions; expected the same number, 1 or more."
        )
    if not (np.isfinite(true).all() and np.isfinite(guess).all()):
        raise ValueError("Received targets or predictions that are not finite; look for a loss that diverged.")
    error = guess - true
    spread = float(((true - true.mean()) ** 2).sum())
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "r2": 1.0 - float((error**2).sum()) / spread if spread > 0 else float("nan"),
    }
