"""The F-beta score for integer labels and for single sigmoid outputs.

Reference: van Rijsbergen (1979), Information Retrieval, chapter 7.
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="atolye")
class FBeta(keras.metrics.FBetaScore):
    """F-beta of a classifier, whatever form its labels have: class ids, one-hot rows, or 0 and 1 for one output.

    Use it on imbalanced classes: beta above 1 weighs recall (misses are dear), below 1 precision (false alarms are).
    Keras's own `FBetaScore` takes one-hot labels only. With one output the score is that of class 1.

        F = (1 + beta * beta) * precision * recall / (beta * beta * precision + recall)

    Reference: van Rijsbergen (1979), Information Retrieval, chapter 7 (there is no arXiv edition).

    Args:
        average: "macro" (mean over classes), "micro" (all counts together), "weighted" (by the classes' counts), or
            None for one score a class.
        beta: how many times recall weighs more than precision, above 0.
        threshold: probability in (0, 1] above which a class counts as predicted. None: 0.5 for one output, and the
            most probable class for more.
        from_logits: whether the predictions are logits (of a sigmoid for one output, of a softmax for more).
        name: name of the metric.
        dtype: dtype of the counts; None is Keras's default, float32, also in mixed precision.

    Call arguments:
        y_true: class ids (batch,) or (batch, 1), or one-hot rows (batch, num_classes).
        y_pred: (batch, num_classes), or (batch, 1) or (batch,) for one sigmoid output.

    Returns:
        A scalar in [0, 1]; (num_classes,) when `average` is None.

    Raises:
        ValueError: when an argument is out of its range.

    Example:
        >>> score = FBeta(beta=2.0)
        >>> score.update_state([1, 1, 0, 0], [0.9, 0.2, 0.8, 0.1])  # precision 1/2, recall 1/2
        >>> round(float(score.result()), 3)
        0.5
    """

    def __init__(
        self,
        average: str | None = "macro",
        beta: float = 1.0,
        *,
        threshold: float | None = None,
        from_logits: bool = False,
        name: str = "f_beta",
        dtype: Any = None,
    ) -> None:
        super().__init__(average=average, beta=float(beta), threshold=threshold, name=name, dtype=dtype)
        self.from_logits = from_logits

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count one batch, with `sample_weight` (batch,) or (batch, 1) where given."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true = ops.convert_to_tensor(y_true)
        if len(y_pred.shape) == 1:
            y_pred = ops.expand_dims(y_pred, -1)
        predicted, y_true = _one_hot(y_true, self._probabilities(y_pred), self.threshold)
        if sample_weight is not None:
            sample_weight = ops.reshape(ops.convert_to_tensor(sample_weight), (-1,))
        # The prediction is now 0 or 1, which Keras's threshold, or its maximum of a row, leaves as it is.
        super().update_state(y_true, predicted, sample_weight)

    def _probabilities(self, y_pred: Any) -> Any:
        if not self.from_logits:
            return y_pred
        return ops.sigmoid(y_pred) if y_pred.shape[-1] == 1 else ops.softmax(y_pred, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this metric again."""
        return {**super().get_config(), "from_logits": self.from_logits}


def _one_hot(y_true: Any, y_pred: Any, threshold: float | None) -> tuple[Any, Any]:
    num_classes = y_pred.shape[-1]
    if num_classes == 1:
        y_true = ops.reshape(y_true, (-1, 1))
        return ops.cast(y_pred > (0.5 if threshold is None else threshold), y_pred.dtype), y_true
    if len(y_true.shape) == 1 or y_true.shape[-1] == 1:
        y_true = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), num_classes, dtype=y_pred.dtype)
    if threshold is None:
        # One class even where two are equally probable, which bfloat16 outputs often are.
        return ops.one_hot(ops.argmax(y_pred, axis=-1), num_classes, dtype=y_pred.dtype), y_true
    return ops.cast(y_pred > threshold, y_pred.dtype), y_true
