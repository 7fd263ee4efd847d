"""Where the first NaN or infinity of a model comes from: the inputs, a weight, or a layer's answer."""

from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np


@dataclass(frozen=True)
class NonFinite:
    """Where numbers stop being finite.

    Args:
        where: "input", "weight" or "activation".
        name: path of the weight, name of the layer, or the input's name.

    Example:
        >>> str(NonFinite("activation", "dense"))
        "the first answer that is not finite is that of layer 'dense'"
    """

    where: Literal["input", "weight", "activation"]
    name: str

    def __str__(self) -> str:
        if self.where == "input":
            return f"the inputs ({self.name}) are not all finite"
        if self.where == "weight":
            return f"the weights of layer {self.name!r} are the first not to be finite"
        return f"the first answer that is not finite is that of layer {self.name!r}"


def first_non_finite(model: keras.Model, inputs: Any = None) -> NonFinite | None:
    """Return where the first number that is not finite stands, in the order of the forward pass.

    Looks at the inputs, then at the weights, then runs the model layer by layer (nested models and `keras.ops` too),
    as in inference: no state changes.

    Args:
        model: a built model.
        inputs: a batch in the structure that the model takes; None looks at the weights only.

    Returns:
        The first place, or None when all is finite.

    Example:
        >>> inputs = keras.Input((1,))
        >>> model = keras.Model(inputs, keras.layers.Dense(1)(keras.ops.log(inputs)))
        >>> first_non_finite(model, np.array([[1.0], [0.0]])).name.startswith("log")
        True
    """
    named = {f"input {number}": leaf for number, leaf in enumerate(keras.tree.flatten(inputs)) if leaf is not None}
    for name, leaf in named.items():
        if not _finite(leaf):
            return NonFinite("input", name)
    for weight in model.weights:  # Their order is that of the layers.
        if not _finite(weight):
            return NonFinite("weight", weight.path.rsplit("/", 1)[0])
    return _first_activation(model, inputs) if named else None


def _first_activation(model: keras.Model, inputs: Any) -> NonFinite | None:
    found: list[str] = []
    hooked = [operation for operation in _operations(model) if operation is not model]
    try:
        for operation in hooked:
            operation.call = _watching(operation, found)
        model(keras.tree.map_structure(keras.ops.convert_to_tensor, inputs), training=False)
    finally:
        for operation in hooked:
            if "call" in vars(operation):
                del operation.call
    return NonFinite("activation", found[0]) if found else None


def _operations(model: Any) -> list[Any]:
    """Return the layers and operations of a model and of the models in it, each once."""
    parts = [*model._flatten_layers(include_self=True)]
    for part in list(parts):
        parts.extend(getattr(part, "operations", []))
    return list({id(part): part for part in parts}.values())


def _watching(operation: Any, found: list[str]) -> Any:
    call = operation.call

    def watch(*args: Any, **kwargs: Any) -> Any:
        answer = call(*args, **kwargs)
        # Inner layers answer before the one that holds them, so the first is the innermost.
        if not found and not all(_finite(leaf) for leaf in keras.tree.flatten(answer) if leaf is not None):
            found.append(operation.name)
        return answer

    return watch


def _finite(values: Any) -> bool:
    if not keras.backend.is_float_dtype(keras.backend.standardize_dtype(values.dtype)):
        return True
    return bool(np.isfinite(np.asarray(keras.ops.convert_to_numpy(values), dtype="float64")).all())
