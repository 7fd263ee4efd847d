"""One shape for predicted probabilities: float64 of shape (examples, classes), checked once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def checked_probabilities(
    targets: ArrayLike, probabilities: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return targets as int64 `(n,)` and probabilities as float64 `(n, classes)`.

    A vector (or one column) of probabilities is that of class 1 in a binary task and becomes two columns.

    Args:
        targets: class ids, shape `(n,)`, in `[0, classes)`.
        probabilities: in [0, 1], shape `(n, classes)`, `(n, 1)` or `(n,)`.

    Raises:
        ValueError: when there are no examples, the lengths differ, a class id is out of range or a
            probability is not a number in [0, 1].

    Example:
        >>> checked_probabilities([1], [0.75])[1].tolist()
        [[0.25, 0.75]]
    """
    ids = np.asarray(targets).astype(np.int64).reshape(-1)
    values = np.asarray(probabilities, dtype=np.float64)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1:
        values = np.stack([1.0 - values, values], axis=1)  # (n,) -> (n, 2)
    if len(ids) == 0 or len(ids) != len(values):
        raise ValueError(
            f"Received {len(ids)} targets and {len(values)} rows of probabilities; expected the same number, 1 or more."
        )
    if ids.min() < 0 or ids.max() >= values.shape[1]:
        raise ValueError(
            f"Received class ids from {ids.min()} to {ids.max()} with {values.shape[1]} columns of "
            f"probabilities; expected ids in [0, {values.shape[1]})."
        )
    # The comparison is written so that NaN fails it too; bfloat16 softmax may overshoot 1 by a rounding.
    if not bool(np.all((values >= -1e-2) & (values <= 1.0 + 1e-2))):
        raise ValueError(
            "Received probabilities outside [0, 1] or not a number; apply softmax or sigmoid to logits first."
        )
    return ids, np.clip(values, 0.0, 1.0)
