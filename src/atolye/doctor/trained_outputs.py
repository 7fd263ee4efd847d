"""A compiled model's outputs with what the rules ask about each: name, width, last activation, loss."""

from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class TrainedOutput:
    """One output of a compiled model.

    Args:
        name: the output's name, or its key where the model returns a dictionary.
        units: size of the last axis, or None when it is not fixed.
        activation: name of the last activation ("softmax", "sigmoid", "linear", ...), or None when it is unknown.
        loss: what was given to `compile` for it, or None.
        family: "sparse", "categorical", "binary" or "either" for cross-entropies, else None.
        from_logits: whether the loss expects logits.
    """

    name: str
    units: int | None
    activation: str | None
    loss: Any
    family: str | None
    from_logits: bool


def trained_outputs(model: keras.Model) -> list[TrainedOutput]:
    """Return the outputs of a compiled functional or Sequential model; none for a model without a graph.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, activation="softmax")])
        >>> model.compile("sgd", "sparse_categorical_crossentropy")
        >>> output, = trained_outputs(model)
        >>> output.units, output.activation, output.family, output.from_logits
        (3, 'softmax', 'sparse', False)
    """
    tensors = named_outputs(model)
    losses = by_output(getattr(model, "loss", None), list(tensors))
    return [
        TrainedOutput(name, tensor.shape[-1], _activation(tensor), losses.get(name), *_kind(losses.get(name), tensor))
        for name, tensor in tensors.items()
    ]


def named_outputs(model: keras.Model) -> dict[str, Any]:
    """Return the symbolic outputs by name; empty for a model without a graph."""
    graph = _graph(model)
    if graph is None:
        return {}
    if isinstance(graph.output, dict):
        return dict(graph.output)
    return dict(zip(graph.output_names, graph.outputs, strict=True))


def by_output(value: Any, names: list[str]) -> dict[str, Any]:
    """Return what belongs to each output, of a value that is one for all, a list in order, or a dictionary."""
    if isinstance(value, dict):
        return {name: value[name] for name in names if name in value}
    if isinstance(value, list | tuple) and len(value) == len(names):
        return dict(zip(names, value, strict=True))
    return dict.fromkeys(names, value)


def _graph(model: Any) -> Any:
    # A Sequential holds its graph, once it is built, in a functional model.
    functional = getattr(model, "_functional", model)
    return functional if hasattr(functional, "operations") and functional.built else None


def _activation(tensor: Any) -> str | None:
    operation, node_index, tensor_index = tensor._keras_history
    graph = _graph(operation)
    if graph is not None:
        return _activation(graph.outputs[tensor_index])
    passed_on = (keras.layers.Reshape, keras.layers.Flatten, keras.layers.Dropout, keras.layers.Identity)
    function = getattr(operation, "activation", None)
    name = getattr(function, "__name__", None)
    if isinstance(operation, passed_on) or (isinstance(operation, keras.layers.Activation) and name == "linear"):
        return _activation(operation._inbound_nodes[node_index].input_tensors[0])
    if function is not None:
        return name
    kind = type(operation).__name__.lower()
    return kind if kind in ("softmax", "sigmoid", "relu", "leakyrelu", "elu", "prelu") else None


def _kind(loss: Any, tensor: Any) -> tuple[str | None, bool]:
    if loss is None:
        return None, False
    name = loss if isinstance(loss, str) else getattr(loss, "__name__", type(loss).__name__)
    name = name.lower().replace("_", "")
    from_logits = bool(getattr(loss, "from_logits", False))
    if name in ("crossentropy", "ce"):  # Keras chooses by the shapes.
        return ("binary" if tensor.shape[-1] == 1 else "either"), from_logits
    if not name.endswith("crossentropy"):
        return None, from_logits
    families = {"sparsecategorical": "sparse", "categorical": "categorical", "binary": "binary"}
    return next((family for word, family in families.items() if word in name), None), from_logits
