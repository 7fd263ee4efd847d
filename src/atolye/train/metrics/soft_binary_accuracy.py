"""Accuracy of a single sigmoid unit whose targets may be shares."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="atolye")
def soft_binary_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return for each example whether prediction and target lie on the same side of 0.5.

    Use it in `keras.metrics.MeanMetricWrapper` where images of two classes are mixed. Keras's binary accuracy asks
    whether the target equals 0 or 1, so that of mixed targets it counts all as wrong.

    Args:
        y_true: shares of class 1 in [0, 1], `(batch,)` or `(batch, 1)`.
        y_pred: probabilities of class 1, `(batch, 1)`.

    Returns:
        Ones and zeros, `(batch,)`.

    Example:
        >>> ops.convert_to_numpy(soft_binary_accuracy([0.7, 0.2, 1.0], [[0.9], [0.6], [0.8]])).tolist()
        [1.0, 0.0, 1.0]
    """
    y_true, y_pred = (ops.reshape(ops.cast(values, "float32"), (-1,)) for values in (y_true, y_pred))
    return ops.cast(ops.equal(y_true > 0.5, y_pred > 0.5), "float32")
