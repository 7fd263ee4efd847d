"""What happens inside while it learns: gradient norm of each layer, and the units that never fire."""

from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import ops

_RECTIFIERS = ("relu", "relu6")


def dead_unit_shares(model: keras.Model, inputs: Any) -> dict[str, float]:
    """Return, for each rectified layer, the share of units that are 0 for every example of `inputs`.

    A unit that is 0 everywhere gets no gradient and cannot recover by itself (dying ReLU). For images a unit is a
    channel.

    Reference: Lu et al., Dying ReLU and Initialization (2019), https://arxiv.org/abs/1903.06733.

    Args:
        model: a Functional or Sequential model; nested models are counted as one layer.
        inputs: a batch for the model, some hundred examples.

    Returns:
        Share in [0, 1] by layer name, in the order of the layers; empty when nothing is rectified.

    Example:
        >>> layer = keras.layers.Dense(2, activation="relu", bias_initializer=lambda shape, dtype: [-100.0, 100.0])
        >>> model = keras.Sequential([keras.Input((1,)), layer])
        >>> list(dead_unit_shares(model, np.ones((4, 1), "float32")).values())
        [0.5]
    """
    rectified = [layer for layer in model.layers if _is_rectified(layer)]
    if not rectified:
        return {}
    # A Sequential model has no `input` of its own before it is called; several inputs keep their structure.
    source = model.inputs[0] if len(model.inputs) == 1 else model.input
    tensors = _outputs(model)
    outputs = keras.Model(source, [tensors[layer.name] for layer in rectified])(inputs, training=False)
    shares = {}
    for layer, output in zip(rectified, outputs if isinstance(outputs, list) else [outputs], strict=True):
        values = ops.convert_to_numpy(output)
        # (batch, ..., units): dead means never above 0 in any example or place
        shares[layer.name] = float(np.mean(values.max(axis=tuple(range(values.ndim - 1))) <= 0))
    return shares


def _outputs(model: Any) -> dict[str, Any]:
    """Return each layer's output in this model: `layer.output` may be that in another one, which shares the layer."""
    graph = getattr(model, "_functional", None) or model  # a Sequential model keeps its graph there
    nodes = [node for level in graph._nodes_by_depth.values() for node in level]
    return {node.operation.name: node.output_tensors[0] for node in nodes}


def _is_rectified(layer: Any) -> bool:
    if isinstance(layer, keras.layers.ReLU):
        return not getattr(layer, "negative_slope", 0)
    activation = getattr(layer, "activation", None)
    return getattr(activation, "__name__", None) in _RECTIFIERS


class GradientMonitor(keras.callbacks.Callback):
    """Measure gradient norms and dead units on a fixed batch after each epoch, without touching the training.

    `frame` holds one row for each epoch and layer (`epoch`, `layer`, `gradient_norm`, `dead_share`); the logs, and
    so the history, get `gradient_norm` (of all layers together) and `dead_units` (mean share). The batch runs in
    inference mode: no random numbers are drawn, no moving statistics change. Needs the TensorFlow backend.

    Args:
        inputs: a batch for the model; a few hundred examples tell enough.
        targets: its targets.

    Raises:
        ValueError: when the backend is not TensorFlow.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
        >>> monitor = GradientMonitor(x, y)
        >>> history = model.fit(x, y, epochs=3, verbose=0, callbacks=[monitor])
        >>> len(history.history["gradient_norm"]), len(monitor.frame)
        (3, 3)
    """

    def __init__(self, inputs: Any, targets: Any) -> None:
        super().__init__()
        if keras.backend.backend() != "tensorflow":
            raise ValueError(
                f"GradientMonitor needs the TensorFlow backend; received {keras.backend.backend()!r}. "
                "Set KERAS_BACKEND=tensorflow before importing keras."
            )
        self.inputs = inputs
        self.targets = targets
        self._rows: list[dict[str, Any]] = []

    @property
    def frame(self) -> pd.DataFrame:
        """One row for each epoch (from 1) and layer; `dead_share` is NaN where nothing is rectified."""
        return pd.DataFrame(self._rows, columns=["epoch", "layer", "gradient_norm", "dead_share"])

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._rows = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        from atolye.train.callbacks.gradient_norms_tensorflow import layer_gradient_norms

        norms = layer_gradient_norms(self.model, self.inputs, self.targets)
        dead = dead_unit_shares(self.model, self.inputs) if hasattr(self.model, "inputs") else {}
        # A rectifier without weights (layers.ReLU) has dead units but no gradient norm of its own.
        for layer in dict.fromkeys([*norms, *dead]):
            row = {"gradient_norm": norms.get(layer, np.nan), "dead_share": dead.get(layer, np.nan)}
            self._rows.append({"epoch": epoch + 1, "layer": layer, **row})
        if logs is not None:
            logs["gradient_norm"] = float(np.sqrt(np.sum(np.square(list(norms.values())))))
            if dead:
                logs["dead_units"] = float(np.mean(list(dead.values())))
