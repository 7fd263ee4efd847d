"""Gradient clipping: by value, by norm, by global norm, on TensorFlow."""

from typing import Any

import tensorflow as tf


class GradientClipping:
    """Cut gradients that are too long, in one of three ways.

    By value changes the direction; by norm keeps each variable's direction; by global norm keeps the direction of the
    whole step, which is why it is the usual choice.

    Reference: Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks (2013),
    https://arxiv.org/abs/1211.5063.

    Args:
        clip_value: each entry is cut to [-clip_value, clip_value].
        clip_norm: each variable's gradient is shortened to this L2 norm.
        global_clip_norm: all gradients together are shortened to this L2 norm.

    Raises:
        ValueError: when more than one is given, or one is not above 0.

    Example:
        >>> clipped = GradientClipping(global_clip_norm=1.0)([tf.constant([3.0]), tf.constant([4.0])])
        >>> [round(float(gradient[0]), 4) for gradient in clipped]
        [0.6, 0.8]
    """

    def __init__(
        self,
        *,
        clip_value: float | None = None,
        clip_norm: float | None = None,
        global_clip_norm: float | None = None,
    ) -> None:
        limits = {"clip_value": clip_value, "clip_norm": clip_norm, "global_clip_norm": global_clip_norm}
        given = {name: limit for name, limit in limits.items() if limit is not None}
        if len(given) > 1:
            raise ValueError(f"only one way of clipping can be used; received {', '.join(given)}. Keep one.")
        for name, limit in given.items():
            if not limit > 0:
                raise ValueError(f"{name} must be above 0; received {limit}.")
        self.clip_value = clip_value
        self.clip_norm = clip_norm
        self.global_clip_norm = global_clip_norm

    def __call__(self, gradients: list[Any], optimizer: Any = None) -> list[Any]:
        """Return the clipped gradients; None stays None.

        With a `LossScaleOptimizer` the gradients arrive multiplied by its scale; what is clipped is their true size.
        """
        if self.clip_value is None and self.clip_norm is None and self.global_clip_norm is None:
            return gradients
        scale = _scale(optimizer)
        gradients = [None if gradient is None else gradient / scale for gradient in gradients]
        if self.clip_value is not None:
            limit = self.clip_value
            clipped = [None if g is None else tf.clip_by_value(g, -limit, limit) for g in gradients]
        elif self.clip_norm is not None:
            clipped = [None if g is None else tf.clip_by_norm(g, self.clip_norm) for g in gradients]
        else:
            clipped, _ = tf.clip_by_global_norm(gradients, self.global_clip_norm)
        return [None if gradient is None else gradient * scale for gradient in clipped]

    def norm(self, gradients: list[Any], optimizer: Any = None) -> tf.Tensor:
        """Return the true global norm of the gradients, before any clipping."""
        return tf.linalg.global_norm(gradients) / _scale(optimizer)


def _scale(optimizer: Any) -> Any:
    scale = getattr(optimizer, "dynamic_scale", None)
    return 1.0 if scale is None else tf.convert_to_tensor(scale.value)
