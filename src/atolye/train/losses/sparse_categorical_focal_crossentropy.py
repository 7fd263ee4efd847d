"""Focal loss for integer labels: easy examples count less.

Reference: Lin et al. (2017), Focal Loss for Dense Object Detection, arXiv:1708.02002.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from atolye.train.losses.log_probabilities import log_probabilities, pick_labels


@keras.saving.register_keras_serializable(package="atolye")
class SparseCategoricalFocalCrossentropy(keras.losses.Loss):
    """Cross-entropy that turns down the examples that the model already gets right: `-alpha (1 - p)^gamma log p`.

    Use it on imbalanced classes with integer labels, where `p` is the probability given to the true class. Keras ships
    `BinaryFocalCrossentropy` and, for one-hot labels, `CategoricalFocalCrossentropy`; this one equals the latter.

    Reference: Lin et al. (2017), [Focal loss](https://arxiv.org/abs/1708.02002), equation 5.

    Args:
        alpha: weight of all classes, or one number for each class; 0 or more.
        gamma: focus, 0 or more; 0 is the plain cross-entropy times alpha.
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
        ValueError: when alpha or gamma is negative, or the shapes do not fit.

    Example:
        >>> loss = SparseCategoricalFocalCrossentropy(alpha=1.0, gamma=2.0)
        >>> round(float(loss([0], [[0.5, 0.5]])), 4)  # 0.25 * log 2
        0.1733
    """

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        *,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str = "sparse_categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        weights = [alpha] if isinstance(alpha, int | float) else list(alpha)
        if min(weights) < 0:
            raise ValueError(f"Received alpha={alpha}; expected weights of 0 or more, such as 0.25.")
        if gamma < 0:
            raise ValueError(f"Received gamma={gamma}; expected 0 or more, such as 2.")
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return the loss of each example, (batch, ...)."""
        log_p = log_probabilities(y_pred, from_logits=self.from_logits)
        num_classes = log_p.shape[-1]
        weights = ops.convert_to_tensor(self.alpha, dtype=log_p.dtype)
        if weights.shape not in ((), (num_classes,)):
            raise ValueError(
                f"Received {weights.shape[0]} weights in alpha for {num_classes} classes; expected one number, or one "
                "for each class."
            )
        # The slope of (1 - p)^gamma is infinite at p = 1 when gamma < 1, so p keeps away from it.
        miss = ops.maximum(1.0 - ops.exp(log_p), keras.backend.epsilon())
        return pick_labels(-weights * ops.power(miss, self.gamma) * log_p, y_true)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this loss again."""
        config = {"alpha": self.alpha, "gamma": self.gamma, "from_logits": self.from_logits}
        return {**super().get_config(), **config}
