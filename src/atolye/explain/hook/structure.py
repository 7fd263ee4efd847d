"""What a model calls and answers, learnt from one dry run, and the layer that a map is best read from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import keras

from atolye.explain.hook.layer_paths import find_path, named_layers
from atolye.explain.hook.recording import recording

# Layers that only move, drop or prepare values; a map is read from what was computed before them.
_NOTHING_NEW = tuple(f"keras.src.layers.{kind}" for kind in ("pooling", "regularization", "reshaping", "preprocessing"))


@dataclass(frozen=True)
class Place:
    """One call of one layer.

    Args:
        path: where the layer is, `backbone/top_conv`; a second call of it ends in `#2`.
        shape: its output's shape without the batch.
        is_map: whether a class-activation map can well be read here: a picture of more than one place that this
            layer computed.
    """

    path: str
    shape: tuple[int | None, ...]
    is_map: bool


@dataclass(frozen=True)
class Output:
    """One output of a model: its shape without the batch, and the softmax or sigmoid that it ends in, if any."""

    shape: tuple[int | None, ...]
    activation: str | None


class NoMapError(ValueError):
    """A model has no layer whose output is a picture, such as an mlp."""


@dataclass(frozen=True)
class Structure:
    """What a dry run of a model showed.

    Args:
        name: the model's.
        places: the calls, in the order in which they ended.
        outputs: its outputs by name.
    """

    name: str
    places: tuple[Place, ...]
    outputs: dict[str, Output]

    def layer(self, name: str | None) -> str:
        """Return the path of the layer to read a map from: the named one, or the last that made a picture.

        "The last convolution", the usual rule, takes a branch or a head of one place in most networks; the last layer
        whose output is a picture of more than one place is their trunk's end.

        Raises:
            ValueError: when there is no such layer, or its output is no picture.
        """
        if name is None:
            return self._last_map()
        by_path = {place.path: place for place in self.places}
        path = find_path(name, by_path, model=self.name)
        shape = by_path[path].shape
        if len(shape) != 3:
            raise ValueError(
                f"The output of layer {path!r} has shape {shape}, which is no picture; expected (height, width, "
                f"channels).{self._suggestion()}"
            )
        return path

    def output(self, name: str | int | None) -> str:
        """Return the name of the output that is asked about.

        Raises:
            ValueError: when there are several and none was named, or there is none of that name.
        """
        names = list(self.outputs)
        if name is None and len(names) == 1:
            return names[0]
        if isinstance(name, int) and not isinstance(name, bool) and 0 <= name < len(names):
            return names[name]
        if name in names:
            return str(name)
        received = "none" if name is None else repr(name)
        raise ValueError(
            f"Model {self.name!r} has the outputs {', '.join(names)}; received {received}. Choose output=."
        )

    def _last_map(self) -> str:
        for place in reversed(self.places):
            if place.is_map:
                return place.path
        raise NoMapError(
            f"Model {self.name!r} has no layer whose output is a picture with more than one place, such as a "
            "convolution's, so it has no class-activation map. Use a method that needs no layer: "
            "integrated_gradients, occlusion, rise."
        )

    def _suggestion(self) -> str:
        maps = [place.path for place in self.places if place.is_map]
        return f" Choose one of: {', '.join(maps[-5:])}." if maps else ""


_known: "WeakKeyDictionary[keras.Model, dict[Any, Structure]]" = WeakKeyDictionary()


def structure_of(model: keras.Model, inputs: Any) -> Structure:
    """Return what `model` calls and answers, from one call on one example; remembered per model and input shape.

    Args:
        model: built model.
        inputs: one example, as the model takes it.
    """
    key = tuple(tuple(part.shape) for part in keras.tree.flatten(inputs))
    known = _known.setdefault(model, {})
    if key not in known:
        known[key] = _look(model, inputs)
    return known[key]


def _look(model: keras.Model, inputs: Any) -> Structure:
    found: list[Structure] = []

    def run(given: Any) -> Any:
        with recording(model, named_layers(model, operations=True)) as record:
            outputs = model(given, training=False)
        first: dict[int, Any] = {}
        for call in record.calls:
            first.setdefault(id(call.output), call)
        ins = set(map(id, keras.tree.flatten(given)))
        places = [
            Place(call.path, _shape(call.output), _is_map(call, first[id(call.output)], ins)) for call in record.calls
        ]
        named = {name: _output(record, tensor) for name, tensor in named_outputs(model, outputs).items()}
        found.append(Structure(model.name, tuple(places), named))
        return outputs

    _dry_run(run, keras.tree.map_structure(keras.ops.convert_to_tensor, inputs))
    return found[-1]


def _dry_run(function: Any, inputs: Any) -> None:
    if keras.backend.backend() == "jax":
        import jax

        with keras.StatelessScope():
            jax.eval_shape(function, inputs)  # eagerly, JAX would compile every operation by itself
    else:
        function(inputs)


def _is_map(call: Any, first: Any, ins: set[int]) -> bool:
    # A tensor that several layers pass on is the picture of the one that made it.
    if call is not first or id(call.output) in ins:
        return False
    shape = _shape(call.output)
    if len(shape) != 3 or 1 in shape[:2] or type(call.layer).__module__.startswith(_NOTHING_NEW):
        return False
    return keras.backend.is_float_dtype(keras.backend.standardize_dtype(call.output.dtype))


def _output(record: Any, tensor: Any) -> Output:
    return Output(_shape(tensor), record.before_activation(tensor)[1])


def _shape(tensor: Any) -> tuple[int | None, ...]:
    return tuple(None if size is None else int(size) for size in tensor.shape[1:])


def named_outputs(model: keras.Model, outputs: Any) -> dict[str, Any]:
    """Return a model's outputs by name: a dictionary's keys, the names of its output layers, or their numbers."""
    if isinstance(outputs, dict):
        return {str(name): tensor for name, tensor in outputs.items()}
    flat: Sequence[Any] = keras.tree.flatten(outputs)
    names = getattr(model, "output_names", None) or []
    if len(set(names)) != len(flat):
        names = [str(index) for index in range(len(flat))] if len(flat) > 1 else ["output"]
    return dict(zip(map(str, names), flat, strict=True))
