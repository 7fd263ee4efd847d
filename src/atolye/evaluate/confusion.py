"""The confusion matrix, and the pairs of classes that a model mixes up most."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


def confusion(targets: ArrayLike, predictions: ArrayLike, num_classes: int) -> NDArray[np.int64]:
    """Count examples by true class (rows) and predicted class (columns).

    Args:
        targets: true class ids, shape `(n,)`.
        predictions: predicted class ids, shape `(n,)`.
        num_classes: number of classes; a class without examples keeps its row and column of zeros.

    Returns:
        int64 of shape `(num_classes, num_classes)`; its sum is `n`.

    Raises:
        ValueError: when lengths differ or an id is outside `[0, num_classes)`.

    Example:
        >>> confusion([0, 0, 1], [0, 1, 1], 2).tolist()
        [[1, 1], [0, 1]]
    """
    rows = np.asarray(targets).astype(np.int64).reshape(-1)
    columns = np.asarray(predictions).astype(np.int64).reshape(-1)
    if len(rows) != len(columns):
        raise ValueError(f"Received {len(rows)} targets and {len(columns)} predictions; expected the same number.")
    for name, ids in (("targets", rows), ("predictions", columns)):
        if len(ids) and (ids.min() < 0 or ids.max() >= num_classes):
            raise ValueError(
                f"Received {name} from {ids.min()} to {ids.max()}; expected class ids in [0, {num_classes})."
            )
    counts = np.bincount(rows * num_classes + columns, minlength=num_classes * num_classes)
    return counts.reshape(num_classes, num_classes).astype(np.int64)


def most_confused(matrix: NDArray[np.int64], class_names: Sequence[str], count: int = 10) -> pd.DataFrame:
    """List the off-diagonal cells of a confusion matrix, largest first.

    Args:
        matrix: counts by true (row) and predicted (column) class, square.
        class_names: one name a class.
        count: rows at most; ties come in the order of the classes.

    Returns:
        Columns `true`, `predicted`, `count` and `share` (of the true class's examples, in (0, 1]).

    Example:
        >>> most_confused(np.array([[8, 2], [0, 5]]), ["cat", "dog"]).values.tolist()
        [['cat', 'dog', 2, 0.2]]
    """
    support = matrix.sum(axis=1)
    cells = [
        (int(matrix[row, column]), int(row), int(column)) for row, column in np.argwhere(matrix > 0) if row != column
    ]
    cells.sort(key=lambda cell: (-cell[0], cell[1], cell[2]))
    return pd.DataFrame(
        [
            (class_names[row], class_names[column], value, float(value / support[row]))
            for value, row, column in cells[:count]
        ],
        columns=["true", "predicted", "count", "share"],
    )
