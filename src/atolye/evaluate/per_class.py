"""Precision, recall and F1 of each class, honest about classes that a split does not hold."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from atolye.evaluate.confusion import confusion
from atolye.evaluate.probabilities import checked_probabilities

ABSENT = "absent"
NEVER_PREDICTED = "never_predicted"


def per_class(targets: ArrayLike, probabilities: ArrayLike, class_names: Sequence[str]) -> pd.DataFrame:
    """Score each class alone.

    What cannot be computed is NaN and not zero: precision of a class that was never predicted, recall of a
    class without examples. The column `note` says which of the two it is.

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: shape `(n, classes)`; a vector is the probability of class 1.
        class_names: one name a class.

    Returns:
        One row a class: `class`, `precision`, `recall`, `f1` (each in [0, 1] or NaN), `support` (examples),
        `predicted` (times predicted) and `note` (`""`, `"absent"` or `"never_predicted"`).

    Raises:
        ValueError: when the number of names is not the number of classes.

    Example:
        >>> per_class([0, 1], [0.2, 0.9], ["no", "yes"])["f1"].tolist()
        [1.0, 1.0]
    """
    ids, values = checked_probabilities(targets, probabilities)
    if len(class_names) != values.shape[1]:
        raise ValueError(
            f"Received {len(class_names)} class names for {values.shape[1]} classes; expected one a class."
        )
    matrix = confusion(ids, values.argmax(axis=1), values.shape[1])
    hits, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    notes = [
        ABSENT if count == 0 else NEVER_PREDICTED if guesses == 0 else ""
        for count, guesses in zip(support, predicted, strict=True)
    ]
    return pd.DataFrame(
        {
            "class": [str(name) for name in class_names],
            "precision": ratio(hits, predicted),
            "recall": ratio(hits, support),
            "f1": ratio(2 * hits, support + predicted),
            "support": support,
            "predicted": predicted,
            "note": notes,
        }
    )


def ratio(numerator: NDArray[np.int64], denominator: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide element by element; NaN where the denominator is zero."""
    result = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result
