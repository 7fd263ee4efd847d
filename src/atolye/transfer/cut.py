"""A network cut in two behind one of its layers, so that the frozen first part runs once and not in every epoch."""

from typing import Any

import keras

from atolye.errors import did_you_mean


def cut(model: keras.Model, layer_name: str) -> tuple[keras.Model, keras.Model]:
    """Cut a model behind a layer into a prefix and a suffix that share its layers.

    Use it to train the end of a network on what its frozen beginning gives: `cache_features(prefix, split)` computes
    that once, the suffix trains on it. The layers are those of the model, so that training the suffix trains the model
    and there is nothing to join. `suffix(prefix(images))` is `model(images)`.

    Args:
        model: a Functional model.
        layer_name: name of a layer through which everything passes, such as the last of a block (see `find_blocks`).

    Returns:
        `(prefix, suffix)`, two Functional models.

    Raises:
        ValueError: when there is no such layer, nothing comes before or behind it, something passes it by, or a layer
            stands on both sides, so that training one side would change the other.

    Example:
        >>> from atolye.models import efficientnet_lite0
        >>> model = efficientnet_lite0((64, 64, 3), weights=None, include_top=False)
        >>> prefix, suffix = cut(model, "block6d_add")
        >>> prefix.output_shape, suffix.output_shape
        ((None, 2, 2, 192), (None, 2, 2, 1280))
    """
    if isinstance(model, keras.Sequential) or not hasattr(model, "operations"):
        raise ValueError(
            f"Received {model.name!r} ({type(model).__name__}); expected a Functional model, whose graph says what "
            "passes where. Build it with keras.Model(inputs, outputs)."
        )
    # Nodes of this model: its layers may have others, as part of other models.
    nodes = [node for level in model._nodes_by_depth.values() for node in level]
    tensor = _output_of(layer_name, model, nodes)
    makers = {id(output): node for node in nodes for output in node.output_tensors}
    before = _upstream([tensor], makers)
    behind = _upstream(model.outputs, makers, stop=tensor)
    if not behind or len(before) < 2:
        side = "before" if behind else "behind"
        raise ValueError(
            f"Received layer_name={layer_name!r}, and nothing comes {side} it in {model.name!r}; expected a layer "
            "inside of the model. The last of a block is one: find_blocks(model)."
        )
    _check_passed_by(layer_name, tensor, makers, before, behind)
    shared = sorted({node.operation.name for node in before} & {node.operation.name for node in behind})
    if shared:
        raise ValueError(
            f"Received layer_name={layer_name!r}, and the layer {shared[0]!r} is called on both sides of it, so that "
            "training what is behind would change what is before. Cut where no layer is shared."
        )
    prefix = keras.Model(model.input, tensor, name=f"{model.name}_prefix")
    return prefix, keras.Model(tensor, model.output, name=f"{model.name}_suffix")


def _output_of(layer_name: str, model: Any, nodes: list[Any]) -> Any:
    names = [operation.name for operation in model.operations]
    if layer_name not in names:
        raise ValueError(
            f"Received layer_name={layer_name!r}, which {model.name!r} does not have; expected one of its "
            f"{len(names)} layers, from {names[0]!r} to {names[-1]!r}.{did_you_mean(layer_name, names)}"
        )
    outputs = [output for node in nodes if node.operation.name == layer_name for output in node.output_tensors]
    if len(outputs) != 1:
        raise ValueError(
            f"Received layer_name={layer_name!r}, which gives {len(outputs)} outputs in {model.name!r}; expected a "
            "layer that is called once and gives one tensor. Cut behind another layer."
        )
    return outputs[0]


def _upstream(tensors: list[Any], makers: dict[int, Any], *, stop: Any = None) -> set[Any]:
    """Return the nodes that `tensors` are computed by; the way back ends at the tensor `stop`."""
    found: set[Any] = set()
    waiting = list(tensors)
    while waiting:
        tensor = waiting.pop()
        node = makers[id(tensor)]
        if tensor is not stop and node not in found:
            found.add(node)
            waiting.extend(node.input_tensors)
    return found


def _check_passed_by(layer_name: str, tensor: Any, makers: dict[int, Any], before: set[Any], behind: set[Any]) -> None:
    for node in sorted(behind - before, key=lambda node: node.operation.name):
        for other in node.input_tensors:
            if other is not tensor and makers[id(other)] in before:
                raise ValueError(
                    f"Received layer_name={layer_name!r}, which is passed by: {node.operation.name!r} also takes the "
                    f"output of {makers[id(other)].operation.name!r}. Expected a layer through which everything "
                    "passes, such as the last of a block: find_blocks(model)."
                )
        if node.is_input:
            raise ValueError(
                f"Received layer_name={layer_name!r}, which the input {node.operation.name!r} passes by; expected a "
                "layer through which everything passes. Cut behind the layer that joins the inputs."
            )
