"""Log-probabilities of a classifier's output, and those of its integer labels."""

from typing import Any

import keras
from keras import ops


def log_probabilities(predictions: Any, *, from_logits: bool) -> Any:
    """Return log p, finite: from logits by log-softmax, from probabilities clipped away from 0.

    Args:
        predictions: (..., num_classes); probabilities are made to add up to 1.
        from_logits: whether `predictions` are logits.

    Returns:
        (..., num_classes), each at most 0.

    Example:
        >>> [round(float(p), 4) for p in log_probabilities([0.5, 0.5], from_logits=False)]
        [-0.6931, -0.6931]
    """
    predictions = ops.convert_to_tensor(predictions)
    if from_logits:
        return ops.log_softmax(predictions, axis=-1)
    total = ops.sum(predictions, axis=-1, keepdims=True)
    epsilon = keras.backend.epsilon()
    return ops.log(ops.clip(predictions / total, epsilon, 1.0 - epsilon))


def pick_labels(values: Any, labels: Any) -> Any:
    """Return `values` at each label: (..., num_classes) and labels (...) or (..., 1) to (...).

    Raises:
        ValueError: when the shapes do not fit, or there is one output only.
    """
    labels = ops.convert_to_tensor(labels)
    if values.shape[-1] == 1:
        raise ValueError(
            "Received predictions with 1 output; expected one for each class, at least 2. For a single output use "
            "keras.losses.BinaryCrossentropy or BinaryFocalCrossentropy."
        )
    if len(labels.shape) == len(values.shape) and labels.shape[-1] == 1:
        labels = ops.squeeze(labels, axis=-1)
    if len(labels.shape) != len(values.shape) - 1:
        raise ValueError(
            f"Received labels of shape {tuple(labels.shape)} for predictions of shape {tuple(values.shape)}; expected "
            "integer class ids, one for each prediction. For one-hot labels use Keras's CategoricalCrossentropy "
            "or CategoricalFocalCrossentropy."
        )
    # One-hot rather than gather: a label out of range picks 0 on every backend instead of reading elsewhere.
    one_hot = ops.one_hot(ops.cast(labels, "int32"), values.shape[-1], dtype=values.dtype)
    return ops.sum(values * one_hot, axis=-1)
