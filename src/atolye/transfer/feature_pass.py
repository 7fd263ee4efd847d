"""The forward pass of a frozen network over many batches, compiled once."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

Pass = Callable[[np.ndarray], np.ndarray]


def compile_pass(prefix: keras.Model, dtype: str) -> Pass:
    """Return a compiled function from a batch of inputs to the outputs of `prefix` in inference mode.

    Use it for passes over many batches: no metrics, no callbacks, nothing is collected. On TensorFlow it is traced once
    for batches of any length, and kept for the next pass of the same network.

    Args:
        prefix: a model of one input and one output.
        dtype: type that outputs are returned in, such as `"float16"`.

    Example:
        >>> prefix = keras.Sequential([keras.Input((2,)), keras.layers.Rescaling(2.0)])
        >>> compile_pass(prefix, "float16")(np.ones((1, 2), "uint8"))
        array([[2., 2.]], dtype=float16)
    """
    if keras.backend.backend() == "tensorflow":
        from atolye.transfer.feature_pass_tensorflow import compiled

        return compiled(prefix, dtype)
    asker = _Asker(prefix, dtype)
    asker.jit_compile = keras.backend.backend() == "jax"
    return lambda inputs: np.asarray(asker.predict_on_batch(inputs))


class _Asker(keras.Model):
    """Calls another model in inference mode; exists so that the compiled function is its own and not that model's."""

    def __init__(self, model: keras.Model, dtype: str) -> None:
        super().__init__(name="asker", autocast=False)
        self.asked, self.result_dtype = model, dtype

    def call(self, inputs: Any) -> Any:
        return ops.cast(self.asked(inputs, training=False), self.result_dtype)
