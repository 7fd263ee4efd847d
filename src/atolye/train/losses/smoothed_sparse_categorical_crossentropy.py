"""Cross-entropy with label smoothing for integer labels.

Reference: Szegedy et al. (2016), Rethinking the Inception Architecture, arXiv:1512.00567.
"""

from typing import Any

import keras
from keras import ops

from atolye.train.losses.log_probabilities import log_probabilities, pick_labels


@keras.saving.register_keras_serializable(package="atolye")
class SmoothedSparseCategoricalCrossentropy(keras.losses.Loss):
    """Cross-entropy against integer labels that share `label_smoothing` of their mass among all classes.

    Use it against over-confidence. Keras's `SparseCategoricalCrossentropy` has no smoothing, and its
    `CategoricalCrossentropy` wants one-hot labels; this one equals the latter. With K classes,

        loss = (1 - s) * -log p[label] + s / K * sum(-log p)

    Reference: Szegedy et al. (2016), [Rethinking Inception](https://arxiv.org/abs/1512.00567), section 7.

    Args:
        label_smoothing: share of the mass that is spread out, in [0, 1).
        from_logits: whether the predictions are logits rather than probabilities.
        reduction: "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none" or None, as in Keras.
        name: name of the loss.
        dtype: dtype of the arithmetic; None is Keras's default, float32, also in mixed precision.

    Call arguments:
        y_true: integer class ids, (batch,) or (batch, 1), or with more axes in between.
        y_pred: (batch, ..., num_classes).

    Returns:
        The loss: a scalar, or (batch, ...) without reduction.

    Raises:
        ValueError: when the smoothing is out of its range, or the shapes do not fit.

    Example:
        >>> loss = SmoothedSparseCategoricalCrossentropy(0.2)
        >>> round(float(loss([0], [[0.8, 0.2]])), 4)  # 0.9 * -log 0.8 + 0.1 * -log 0.2
        0.3618
    """

    def __init__(
        self,
        label_smoothing: float = 0.1,
        *,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "smoothed_sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        if not 0 <= label_smoothing < 1:
            raise ValueError(f"Received label_smoothing={label_smoothing}; expected 0 <= smoothing < 1, such as 0.1.")
        self.label_smoothing = label_smoothing
        self.from_logits = from_logits

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each example, (batch, ...)."""
        surprise = -log_probabilities(y_pred, from_logits=self.from_logits)
        spread = ops.mean(surprise, axis=-1)
        return (1 - self.label_smoothing) * pick_labels(surprise, y_true) + self.label_smoothing * spread

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again."""
        config = {"label_smoothing": self.label_smoothing, "from_logits": self.from_logits}
        return {**super().get_config(), **config}
