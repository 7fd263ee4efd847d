"""A model as boxes and arrows: plain lists that can be drawn, stored or compared without Keras."""

from typing import Any

import keras

Node = dict[str, Any]
Edge = tuple[str, str]


def model_graph(model: keras.Model, *, expand_nested: bool = True) -> tuple[list[Node], list[Edge]]:
    """Return the graph of a Functional or Sequential model, in the order of the computation.

    Use it with `atolye.report.model_graph.draw_model_graph`. A layer that is called twice is two nodes, of which the
    first has the parameters.

    Args:
        model: a built model; Functional, Sequential, or either inside the other.
        expand_nested: show the layers of models inside the model; otherwise each is one node.

    Returns:
        Nodes, as dictionaries with `id`, `name`, `type`, `shape` (of the output, without the batch, as text),
        `parameters` and `group` (the nested model's name or `""`); and edges, as pairs of ids.

    Raises:
        ValueError: when the model is not built, or is a subclass whose graph cannot be known.

    Example:
        >>> inputs = keras.Input((4,), name="in")
        >>> hidden = keras.layers.Dense(4, name="hidden")(inputs)
        >>> nodes, edges = model_graph(keras.Model(inputs, keras.layers.Add(name="sum")([inputs, hidden])))
        >>> edges
        [('in', 'hidden'), ('in', 'sum'), ('hidden', 'sum')]
    """
    if not model.built:
        raise ValueError("the model is not built; give it keras.Input(...) first, or call it once on a batch.")
    walk = _Walk(expand_nested)
    walk.add_model(model, prefix="", sources=None)
    return walk.nodes, walk.edges


class _Walk:
    def __init__(self, expand_nested: bool) -> None:
        self.expand_nested = expand_nested
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self._counted: set[int] = set()

    def add_model(self, model: Any, *, prefix: str, sources: list[str] | None) -> list[str]:
        """Add a model's nodes; return the ids of its outputs. `sources` are the ids that feed a nested model."""
        if isinstance(model, keras.Sequential):
            return self._add_sequential(model, prefix, sources)
        if hasattr(model, "operations") and model.inputs:
            return self._add_functional(model, prefix, sources)
        raise ValueError(
            f"the graph of {model.name!r} ({type(model).__name__}) cannot be known, since its call is free Python; "
            "build it with the Functional API, or draw the models inside it."
        )

    def _add_sequential(self, model: Any, prefix: str, sources: list[str] | None) -> list[str]:
        if sources is None:
            sources = [self._add_input(model.inputs[0].name or "input", prefix, model.inputs[0].shape)]
        for layer in model.layers:
            sources = self._add_layer(layer, prefix, sources, layer.output.shape, node_index=0)
        return sources

    def _add_functional(self, model: Any, prefix: str, sources: list[str] | None) -> list[str]:
        config = model.get_config()
        operations = {operation.name: operation for operation in model.operations}
        fed = dict(zip((tensor_key(key)[0] for key in _keys(config["input_layers"])), sources or [], strict=False))
        produced: dict[tuple[str, int], list[str]] = {}
        shapes = _output_shapes(config, model)
        for entry in config["layers"]:
            name = entry["name"]
            operation = operations[name]
            if not entry["inbound_nodes"]:  # an InputLayer
                known = fed.get(name) if sources is not None else None
                produced[name, 0] = [known or self._add_input(name, prefix, operation.output.shape)]
                continue
            for index, call in enumerate(entry["inbound_nodes"]):
                found = [produced[key[:2]][key[2]] for key in _tensors(call)]
                shape = shapes.get((name, index), ())
                outputs = self._add_layer(operation, prefix, found, shape, node_index=index)
                # A plain layer is one box, however many tensors it returns.
                produced[name, index] = outputs if len(outputs) > 1 else outputs * 64
        return [produced[key[:2]][key[2]] for key in map(tensor_key, _keys(config["output_layers"]))]

    def _add_layer(self, layer: Any, prefix: str, sources: list[str], shape: Any, *, node_index: int) -> list[str]:
        if self.expand_nested and isinstance(layer, keras.Model):
            return self.add_model(layer, prefix=f"{prefix}{layer.name}/", sources=sources)
        identity = f"{prefix}{layer.name}" + (f"#{node_index + 1}" if node_index else "")
        parameters = 0
        if id(layer) not in self._counted and isinstance(layer, keras.layers.Layer):
            self._counted.add(id(layer))
            parameters = int(layer.count_params())
        self._add_node(identity, layer.name, type(layer).__name__, shape, parameters, prefix)
        self.edges += [(source, identity) for source in dict.fromkeys(sources)]
        return [identity]

    def _add_input(self, name: str, prefix: str, shape: Any) -> str:
        self._add_node(f"{prefix}{name}", name, "Input", shape, 0, prefix)
        return f"{prefix}{name}"

    def _add_node(self, identity: str, name: str, kind: str, shape: Any, parameters: int, prefix: str) -> None:
        text = " × ".join("?" if size is None else str(size) for size in tuple(shape)[1:])
        node = {"id": identity, "name": name, "type": kind, "shape": text, "parameters": parameters}
        self.nodes.append(node | {"group": prefix.rstrip("/")})


def tensor_key(key: Any) -> tuple[str, int, int]:
    """Return `[layer, node, tensor]`, as a Keras config writes it, as a tuple."""
    name, node, tensor = key[:3]
    return str(name), int(node), int(tensor)


def _keys(structure: Any) -> list[Any]:
    """Return the `[layer, node, tensor]` entries in a nested structure, in order."""
    if isinstance(structure, list | tuple) and len(structure) == 3 and isinstance(structure[0], str):
        return [structure]
    parts = structure.values() if isinstance(structure, dict) else structure
    return [key for part in parts for key in _keys(part)]


def _tensors(call: Any) -> list[tuple[str, int, int]]:
    """Return the keys of all tensors among the arguments of a call."""
    if isinstance(call, dict) and call.get("class_name") == "__keras_tensor__":
        return [tensor_key(call["config"]["keras_history"])]
    if isinstance(call, dict):
        return [key for part in call.values() for key in _tensors(part)]
    return [key for part in call for key in _tensors(part)] if isinstance(call, list | tuple) else []


def _output_shapes(config: dict[str, Any], model: Any) -> dict[tuple[str, int], Any]:
    """Return the shape of each layer's output, as its consumers see it."""
    shapes: dict[tuple[str, int], Any] = {}

    def collect(part: Any) -> None:
        if isinstance(part, dict) and part.get("class_name") == "__keras_tensor__":
            key = tensor_key(part["config"]["keras_history"])
            shapes.setdefault(key[:2], part["config"]["shape"])
        elif isinstance(part, dict):
            for value in part.values():
                collect(value)
        elif isinstance(part, list | tuple):
            for value in part:
                collect(value)

    for entry in config["layers"]:
        collect(entry["inbound_nodes"])
    for key, tensor in zip(_keys(config["output_layers"]), model.outputs, strict=True):
        shapes.setdefault(tensor_key(key)[:2], tensor.shape)
    return shapes
