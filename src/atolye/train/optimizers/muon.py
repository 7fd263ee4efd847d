"""Momentum whose every step is made orthogonal, for convolution kernels too."""

import math
import re
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="atolye")
class Muon(keras.optimizers.Muon):
    """Keras's Muon that trains convolution kernels by its rule, too, where Keras sends them to AdamW.

    A step moves a matrix by the orthogonal matrix that is nearest to its momentum: every direction is learnt at the
    same rate, the rare ones that a gradient hardly shows as well. A kernel `(height, width, channels, filters)` is
    taken as a matrix of `height * width * channels` by `filters`. Use it to learn in fewer epochs; a step costs a few
    matrix products of the kernels, little beside a batch's convolutions.

    Two ways to use it:

    - Alone, as Keras's: `Muon(1e-3, exclude_layers=["head"])`. Steps are scaled as large as AdamW's, which trains
      biases, normalizations, embeddings, kernels of one filter (a depthwise convolution's, by default) and what
      `exclude_layers` names.
    - As the records on CIFAR-10 do, for the kernels alone, with `grouped_optimizer(model, SGD(...), {".*conv.*/kernel":
      Muon(0.24, momentum=0.6, ns_steps=3, rms_rate=None, weight_decay=None, renormalize=True)})`. Then the learning
      rate is the share of a kernel that is exchanged in an update.

    Reference: Jordan et al. (2024), Muon, https://kellerjordan.github.io/posts/muon/; Liu et al. (2025),
        arXiv:2502.16982, for the steps as large as AdamW's.

    Args:
        learning_rate, momentum, nesterov, ns_steps, rms_rate, exclude_layers, ...: all of `keras.optimizers.Muon`, with
            the same defaults.
        renormalize: before each step bring a convolution kernel to the length `sqrt(filters)`. Only where a
            normalization follows, which makes the length immaterial; it takes the place of weight decay.
        ns_dtype: `"float32"`, or `"bfloat16"` as in the source: what the matrix products are done in. The second is for
            processors that have units for it.

    Raises:
        ValueError: for another dtype, or when `ns_steps` is no whole number from 1 on.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, use_bias=False)])
        >>> model.compile(Muon(0.24, rms_rate=None, weight_decay=None, renormalize=True), "mse")
        >>> import numpy as np
        >>> history = model.fit(np.ones((2, 8, 8, 3)), np.zeros((2, 6, 6, 4)), verbose=0)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        *,
        renormalize: bool = False,
        ns_dtype: str = "float32",
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        if ns_dtype not in ("float32", "bfloat16"):
            raise ValueError(f"Received ns_dtype={ns_dtype!r}; expected 'float32' or 'bfloat16'.")
        if not (self.ns_steps >= 1 and float(self.ns_steps).is_integer()):
            raise ValueError(f"Received ns_steps={self.ns_steps}; expected a whole number from 1 on. 3 to 5 are usual.")
        self.renormalize = renormalize
        self.ns_dtype = ns_dtype

    def _should_use_adamw(self, variable: Any) -> bool:
        if len(variable.shape) != 4:
            return super()._should_use_adamw(variable)
        # Such as a depthwise kernel, whose filters see one channel each: there is no matrix between channels.
        one_filter = variable.shape[-1] == 1
        return one_filter or any(re.search(pattern, variable.path) for pattern in self.exclude_layers)

    def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
        dtype, shape = variable.dtype, tuple(variable.shape)
        gradient, rate = ops.cast(gradient, dtype), ops.cast(lr, dtype)
        self.assign(m, self.momentum * m + gradient)
        step = gradient + self.momentum * m if self.nesterov else m
        if self.renormalize and len(shape) == 4:
            length = ops.sqrt(ops.sum(ops.square(ops.cast(variable, "float32"))))
            self.assign(variable, variable * ops.cast(math.sqrt(shape[-1]) / (length + 1e-7), dtype))
        # (height, width, channels, filters) -> (height * width * channels, filters)
        update = self.orthogonalize(ops.reshape(step, (-1, shape[-1])))
        update = ops.reshape(self.lr_adjust(update), shape)
        self.assign_sub(variable, rate * ops.cast(update, dtype))

    def orthogonalize(self, matrix: Any) -> Any:
        """Return the matrix with its singular values brought near 1, by `ns_steps` Newton-Schulz iterations.

        With the singular values `s` of the matrix divided by its Frobenius norm, those of the result are `s` after
        `s <- a * s + b * s**3 + c * s**5`, taken `ns_steps` times: between 0.7 and 1.2 after five, but for the
        smallest.

        Args:
            matrix: `(rows, columns)`.

        Returns:
            A float32 tensor of the same shape.
        """
        x = ops.cast(matrix, "float32")
        x = ops.cast(x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7), self.ns_dtype)
        tall = matrix.shape[0] > matrix.shape[1]
        x = ops.transpose(x) if tall else x  # the products are as wide as the shorter side
        for _ in range(int(self.ns_steps)):
            gram = ops.matmul(x, ops.transpose(x))
            x = self.muon_a * x + ops.matmul(self.muon_b * gram + self.muon_c * ops.matmul(gram, gram), x)
        return ops.cast(ops.transpose(x) if tall else x, "float32")

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"renormalize": self.renormalize, "ns_dtype": self.ns_dtype}
