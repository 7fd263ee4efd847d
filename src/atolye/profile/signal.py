"""What flows through a network: activations forward, gradients backward, layer by layer."""

from typing import Any

import keras
import numpy as np
import pandas as pd


def signal_statistics(
    model: keras.Model, x: Any, y: Any, loss: str | keras.losses.Loss, *, training: bool = False
) -> pd.DataFrame:
    """Return how strong the signal is in each layer, forward and backward, for one batch.

    Use it to see gradients vanish or explode with depth, ReLUs that are dead, and what an initialiser does to both. The
    model is left as it was: nothing is trained, and no moving statistic moves.

    Reference: Glorot and Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html; He et al. (2015),
        arXiv:1502.01852.

    Args:
        model: functional or sequential Keras model, whose layers may be of any kind; nested models count as one layer.
        x: one batch of inputs, of shape `(batch, ...)`; some hundred examples give steady numbers.
        y: their targets, as the loss wants them.
        loss: name of a Keras loss, or an instance.
        training: True uses the batch's own statistics in batch normalization, and dropout.

    Returns:
        DataFrame, one row a layer in order of computation, with columns
        `layer`, `type`;
        `activation_mean`, `activation_variance`: of the layer's outputs over examples and units;
        `dead_share`: share of units (channels of feature maps) that are zero for every example of the batch;
        `output_gradient_variance`: variance of d loss / d output, times the squared batch size, so that it does not
        depend on the batch size when the loss is a mean;
        `weight_gradient_norm`: Euclidean norm of d loss / d weights over the layer's trainable weights, missing where
        it has none.

    Raises:
        ValueError: if the model has several outputs or is not built of layers, or the inputs are empty.
        NotImplementedError: on a backend other than TensorFlow.

    Example:
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
        >>> frame = signal_statistics(model, np.ones((2, 4), "float32"), np.ones((2, 1)), "mse")
        >>> frame["layer"].tolist() == [layer.name for layer in model.layers]
        True
    """
    if keras.backend.backend() != "tensorflow":
        raise NotImplementedError(
            f"signal_statistics needs the TensorFlow backend; received {keras.backend.backend()!r}. "
            "Set KERAS_BACKEND=tensorflow before Python starts."
        )
    if not getattr(model, "inputs", None) or len(model.outputs) != 1:
        raise ValueError(f"Model {model.name!r} must be functional or sequential, built, and have one output.")
    batch_size = len(keras.tree.flatten(x)[0])
    if batch_size == 0:
        raise ValueError("Received no examples; expected a batch of one or more, some hundred for steady numbers.")
    from atolye.profile.signal_tensorflow import outputs_and_gradients

    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    signals = outputs_and_gradients(model, layers, x, y, keras.losses.get(loss), training=training)
    rows = []
    for layer, outputs, output_gradient, weight_gradients in signals:
        squares = [float(np.sum(np.square(gradient, dtype=np.float64))) for gradient in weight_gradients]
        rows.append(
            {
                "layer": layer.name,
                "type": type(layer).__name__,
                "activation_mean": outputs.mean(),
                "activation_variance": outputs.var(),
                "dead_share": _dead_share(outputs),
                "output_gradient_variance": (output_gradient * batch_size).var(),
                "weight_gradient_norm": float(np.sqrt(sum(squares))) if squares else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _dead_share(outputs: np.ndarray) -> float:
    """Return the share of units that are zero for every example and, in feature maps, at every place."""
    units = outputs.reshape(-1, outputs.shape[-1])  # (examples * places, units)
    return float(np.mean(~units.any(axis=0)))
