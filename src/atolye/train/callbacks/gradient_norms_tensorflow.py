"""The gradient of the loss on one batch, layer by layer, on TensorFlow."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf


def layer_gradient_norms(model: keras.Model, inputs: Any, targets: Any) -> dict[str, float]:
    """Return the L2 norm of the loss's gradient for each layer with trainable weights.

    The batch runs in inference mode and through `model.compute_loss`, with the losses of regularizers; weights,
    moving statistics and random states stay as they are.

    Args:
        model: a compiled model.
        inputs: a batch for the model.
        targets: its targets.

    Returns:
        Norm by layer name, in the order of the layers; a nested model is told by its own layers' names.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> norms = layer_gradient_norms(model, np.ones((2, 1), "float32"), np.zeros((2, 1), "float32"))
        >>> round(list(norms.values())[0], 4)  # d/dw = d/db = 2
        2.8284
    """
    layers = [layer for layer in _leaves(model) if layer.trainable_variables]
    variables = [[variable.value for variable in layer.trainable_variables] for layer in layers]
    inputs, targets = (tf.nest.map_structure(tf.convert_to_tensor, part) for part in (inputs, targets))
    with tf.GradientTape() as tape:
        loss = model.compute_loss(inputs, targets, model(inputs, training=False), training=False)
    gradients = tape.gradient(loss, variables)
    norms: dict[str, float] = {}
    for layer, parts in zip(layers, gradients, strict=True):
        name = layer.name if layer.name not in norms else layer.path
        norms[name] = float(np.sqrt(sum(float(tf.reduce_sum(tf.square(g))) for g in parts if g is not None)))
    return norms


def _leaves(layer: Any) -> list[Any]:
    """Return the layers of a model in order, those of models inside it among them."""
    if not isinstance(layer, keras.Model):
        return [layer]
    return [leaf for part in layer.layers for leaf in _leaves(part)]
