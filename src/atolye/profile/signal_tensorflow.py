"""Each layer's outputs and gradients for one batch, by a GradientTape."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Signal = tuple[keras.Layer, np.ndarray, np.ndarray, list[np.ndarray]]


def outputs_and_gradients(
    model: keras.Model, layers: list[keras.Layer], x: Any, y: Any, loss: Callable[[Any, Any], Any], *, training: bool
) -> list[Signal]:
    """Return each layer with its outputs, the gradient by them and by its trainable weights, as float32 arrays.

    Layers that are not called, or give something else than one tensor, are left out. The mean of `loss` is what is
    differentiated, without the model's regularizers. Of a layer that is called several times the last call counts.
    Variables that a call changes, such as moving statistics, are put back.
    """
    inputs = keras.tree.map_structure(tf.convert_to_tensor, x)
    kept = [(variable, variable.numpy()) for variable in model.non_trainable_variables]
    recorded: dict[int, tf.Tensor] = {}
    try:
        with _recording(layers, recorded), tf.GradientTape() as tape:
            # Watched so that what comes before the first weight is on the tape too; integers have no gradient.
            tape.watch([tensor for tensor in keras.tree.flatten(inputs) if tensor.dtype.is_floating])
            value = tf.reduce_mean(tf.cast(loss(y, model(inputs, training=training)), tf.float32))
    finally:
        for variable, before in kept:
            variable.assign(before)
    layers = [layer for layer in layers if tf.is_tensor(recorded.get(id(layer)))]
    outputs = [recorded[id(layer)] for layer in layers]
    weights = [[weight.value for weight in layer.trainable_variables] for layer in layers]
    by_outputs, by_weights = tape.gradient(
        value, (outputs, weights), unconnected_gradients=tf.UnconnectedGradients.ZERO
    )
    return [
        (layer, _array(output), _array(gradient), [_array(entry) for entry in entries])
        for layer, output, gradient, entries in zip(layers, outputs, by_outputs, by_weights, strict=True)
    ]


@contextmanager
def _recording(layers: list[keras.Layer], recorded: dict[int, tf.Tensor]) -> Iterator[None]:
    """Keep what each layer returns. By its `call` and not by a second model, so that shared layers work as well."""

    def recorder(layer: keras.Layer) -> Callable[..., Any]:
        original = layer.call

        def call(*args: Any, **kwargs: Any) -> Any:
            recorded[id(layer)] = outputs = original(*args, **kwargs)
            return outputs

        return call

    for layer in layers:
        object.__setattr__(layer, "call", recorder(layer))  # past Keras's attribute tracking: it is a loan
    try:
        yield
    finally:
        for layer in layers:
            layer.__dict__.pop("call", None)


def _array(tensor: tf.Tensor | tf.IndexedSlices) -> np.ndarray:
    return np.asarray(tf.cast(tf.convert_to_tensor(tensor), tf.float32))
