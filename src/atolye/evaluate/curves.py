"""ROC and precision-recall curves, each class against the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from atolye.evaluate.probabilities import checked_probabilities


@dataclass(frozen=True)
class Curve:
    """One curve: `x` and `y` in [0, 1], and its `area`; empty with a NaN area when it is not defined."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: float

    @property
    def defined(self) -> bool:
        """Whether the split holds the class and something else."""
        return len(self.x) > 0


_UNDEFINED = Curve(np.empty(0), np.empty(0), float("nan"))


def roc(targets: ArrayLike, probabilities: ArrayLike) -> list[Curve]:
    """Return one ROC curve a class: x is the false positive rate, y the true positive rate, area the AUC.

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: shape `(n, classes)`; a vector is the probability of class 1.

    Returns:
        One `Curve` a class, in their order; not `defined` for a class that has no example or all of them.

    Example:
        >>> roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])[1].area
        0.75
    """
    ids, values = checked_probabilities(targets, probabilities)
    curves = []
    for index in range(values.shape[1]):
        positive = ids == index
        if positive.all() or not positive.any():
            curves.append(_UNDEFINED)
            continue
        x, y, _ = roc_curve(positive, values[:, index])
        curves.append(Curve(x, y, float(roc_auc_score(positive, values[:, index]))))
    return curves


def precision_recall(targets: ArrayLike, probabilities: ArrayLike) -> list[Curve]:
    """Return one precision-recall curve a class: x is recall, y precision, area the average precision.

    Prefer it to ROC when a class is rare: its baseline is the class's share, not one half.

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: shape `(n, classes)`; a vector is the probability of class 1.

    Returns:
        One `Curve` a class, in their order; not `defined` for a class without examples.

    Example:
        >>> round(precision_recall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])[1].area, 4)
        0.8333
    """
    ids, values = checked_probabilities(targets, probabilities)
    curves = []
    for index in range(values.shape[1]):
        positive = ids == index
        if not positive.any():
            curves.append(_UNDEFINED)
            continue
        precision, recall, _ = precision_recall_curve(positive, values[:, index])
        area = float(average_precision_score(positive, values[:, index]))
        curves.append(Curve(recall[::-1], precision[::-1], area))
    return curves


def mean_area(curves: list[Curve]) -> float:
    """Average the areas of the curves that are defined; NaN when none is."""
    areas = [curve.area for curve in curves if curve.defined]
    return float(np.mean(areas)) if areas else float("nan")
