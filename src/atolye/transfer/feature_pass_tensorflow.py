"""The forward pass of a frozen network as one TensorFlow graph."""

import weakref
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

_known: "weakref.WeakKeyDictionary[keras.Model, dict[Any, Any]]" = weakref.WeakKeyDictionary()


def compiled(prefix: keras.Model, dtype: str) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function that `compile_pass` promises; the model is not kept alive by what is remembered of it."""
    graphs = _known.setdefault(prefix, {})
    asked = weakref.ref(prefix)

    # Without XLA, whose convolutions on a CPU are several times slower.
    @tf.function(autograph=False, jit_compile=False)
    def function(inputs: Any) -> Any:
        return tf.cast(asked()(inputs, training=False), dtype)  # type: ignore[misc]

    def call(inputs: np.ndarray) -> np.ndarray:
        key = (dtype, inputs.dtype.str, inputs.shape[1:])
        if key not in graphs:
            spec = tf.TensorSpec([None, *inputs.shape[1:]], tf.as_dtype(inputs.dtype))
            graphs[key] = function.get_concrete_function(spec)
        return graphs[key](tf.convert_to_tensor(inputs)).numpy()

    return call
