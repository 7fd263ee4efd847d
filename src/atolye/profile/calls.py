"""Which layers a model calls, with which shapes: one symbolic pass, nothing is computed."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """One call of one layer (or of one operation of a Functional graph).

    Args:
        name: path of names, `outer/inner`; a second call of the same layer ends in `#2`.
        layer: the layer or operation.
        inputs: shapes of the tensors that came in, batch first.
        outputs: shapes of the tensors that came out.
        bytes: size of the outputs.
        input_ids: identities of the tensors that came in.
        output_ids: identities of the tensors that came out.
        scope: number of the call inside which it was made; 0 for the model's own.
        inner: its own number, the scope of the calls inside it.
        composite: whether the layers that it called stand in the list as calls of their own, before it.
    """

    name: str
    layer: Any
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    bytes: int
    input_ids: tuple[int, ...]
    output_ids: tuple[int, ...]
    scope: int
    inner: int
    composite: bool


def record_calls(
    model: keras.Model, input_shapes: Sequence[Shape], *, is_whole: Callable[[Any], bool] = lambda layer: False
) -> list[Call]:
    """Return the calls that one inference pass makes, innermost layers first, in the order in which they end.

    Use it to see the layers inside anything: Functional, Sequential, nested and subclassed models, composite layers.

    Args:
        model: a built model with positional inputs.
        input_shapes: shape of each input, batch included, all sizes known.
        is_whole: layers for which it says True are recorded as one call, without those inside them.

    Returns:
        The calls; the last is the model's own.

    Raises:
        ValueError: when the shapes do not fit the model.
    """
    recorder = _Recorder(is_whole)
    layers = list({id(layer): layer for layer in _parts(model)}.values())
    inputs = like_inputs(model, [_symbol(model, index, shape) for index, shape in enumerate(input_shapes)])
    try:
        with _watched(layers, recorder):
            # A layer of which nothing but `call` is known: Keras has to run through it to learn its output's shape.
            _Pass(lambda tensors: model(tensors, training=False))(inputs)
    except Exception as error:
        reason = str(error).partition("\n\nArguments received")[0]
        shapes = ", ".join(map(str, input_shapes))
        raise ValueError(f"model {model.name!r} cannot be called on inputs of shape {shapes}: {reason}") from error
    return recorder.calls


class _Pass(keras.layers.Layer):
    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__(autocast=False)
        self.function = function
        self.built = True

    def call(self, inputs: Any) -> Any:
        return self.function(inputs)


class _Recorder:
    def __init__(self, is_whole: Callable[[Any], bool]) -> None:
        self.calls: list[Call] = []
        self._is_whole = is_whole
        self._path: list[tuple[str, int]] = []  # names and numbers of the composite calls that are under way
        self._hidden = 0  # depth inside a call that counts as a whole
        self._scopes = 0
        self._times: dict[str, int] = {}
        self._kept: list[Any] = []  # an identity is unique only while its tensor lives

    def run(self, layer: Any, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if self._hidden:
            return call(*args, **kwargs)
        outer = self._path[-1][1] if self._path else 0
        whole = self._is_whole(layer)
        name = self._name(layer)
        self._scopes = inner = self._scopes + 1
        before = len(self.calls)
        self._path.append((name, inner))
        self._hidden += whole
        try:
            outputs = call(*args, **kwargs)
        finally:
            self._hidden -= whole
            self._path.pop()
        composite = len(self.calls) > before
        self._add(name, layer, _signals((args, kwargs)), _signals(outputs), (outer, inner, composite))
        return outputs

    def _add(self, name: str, layer: Any, ins: list[Any], outs: list[Any], place: tuple[int, int, bool]) -> None:
        self._kept += ins + outs
        size = sum(math.prod(map(int, tensor.shape)) * bytes_each(tensor.dtype) for tensor in outs)
        ids_in, ids_out = tuple(map(id, ins)), tuple(map(id, outs))
        self.calls.append(Call(name, layer, _shapes(ins), _shapes(outs), size, ids_in, ids_out, *place))

    def _name(self, layer: Any) -> str:
        # The model itself gives no part of the path.
        name = "/".join([*(path for path, _ in self._path[-1:] if len(self._path) > 1), layer.name])
        times = self._times[name] = self._times.get(name, 0) + 1
        return name if times == 1 else f"{name}#{times}"


@contextmanager
def _watched(layers: Sequence[Any], recorder: _Recorder) -> Iterator[None]:
    """Let the recorder stand between these layers and their `call`; put everything back at the end."""

    def through(layer: Any, call: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: recorder.run(layer, call, args, kwargs)

    names = ("call", "quantized_call")
    try:
        for layer in layers:
            for name in names:
                # Past Keras's own attribute tracking, since this is a loan: the class's method comes back by deletion.
                object.__setattr__(layer, name, through(layer, getattr(layer, name)))
        yield
    finally:
        for layer in layers:
            for name in names:
                layer.__dict__.pop(name, None)


def _parts(model: Any) -> Iterator[Any]:
    """Yield the model, all layers inside it, and the operations of its Functional graphs."""
    for layer in model._flatten_layers():
        yield layer
        if isinstance(layer, keras.Model):
            yield from getattr(layer, "operations", ())


def _symbol(model: Any, index: int, shape: Shape) -> keras.KerasTensor:
    return keras.KerasTensor(shape, dtype=input_dtypes(model, index + 1)[index])


def input_dtypes(model: Any, count: int) -> list[str]:
    """Return the dtype of each of the model's `count` inputs; the usual one where a subclassed model names none."""
    inputs = getattr(model, "inputs", None)
    kinds = [tensor.dtype for tensor in inputs] if inputs else [keras.config.floatx()] * count
    return [keras.backend.standardize_dtype(kind) for kind in kinds]


def like_inputs(model: Any, tensors: list[Any]) -> Any:
    """Return the tensors as the model wants them: one alone, a list, or a dictionary with the inputs' names."""
    structure = getattr(model, "_inputs_struct", None)  # a dictionary's names, where the model has them
    if structure is not None and not isinstance(model, keras.Sequential):
        return keras.tree.pack_sequence_as(structure, tensors)
    return tensors[0] if len(tensors) == 1 else tensors


def _signals(structure: Any) -> list[Any]:
    """Return the tensors in a structure without masks, in order."""
    tensors = [part for part in keras.tree.flatten(structure) if keras.ops.is_tensor(part)]
    return [tensor for tensor in tensors if keras.backend.standardize_dtype(tensor.dtype) != "bool"]


def _shapes(tensors: list[Any]) -> tuple[Shape, ...]:
    return tuple(tuple(int(size) for size in tensor.shape) for tensor in tensors)


def input_shapes(model: Any, given: Any = None) -> list[Shape]:
    """Return the shape of each input with the batch, which is 1 unless the model fixes it.

    Args:
        model: a built model.
        given: the shape without the batch, or a list of shapes, where the model leaves it open.

    Raises:
        ValueError: when it is not a built model, or a size is open.

    Example:
        >>> input_shapes(keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]))
        [(1, 8, 8, 3)]
    """
    if not isinstance(model, keras.Model):
        raise ValueError(f"Received a {type(model).__name__}; expected a keras.Model.")
    if not model.built:
        raise ValueError(f"Model {model.name!r} is not built; call it on data or give it a keras.Input first.")
    inputs = list(getattr(model, "inputs", None) or [])
    if given is not None:
        shapes = [tuple(given)] if all(isinstance(size, int) for size in given) else [tuple(shape) for shape in given]
        if inputs and len(shapes) != len(inputs):
            raise ValueError(
                f"Received {len(shapes)} input shapes; expected {len(inputs)}: {[tensor.name for tensor in inputs]}."
            )
        fixed = inputs[0].shape[0] if inputs else None
        return [(fixed or 1, *shape) for shape in shapes]
    if not inputs:
        config = model.get_build_config() or {}
        known = config.get("input_shape")
        shapes = [tuple(known)] if known and all(isinstance(size, int | None) for size in known) else []
    else:
        shapes = [tuple(tensor.shape) for tensor in inputs]
    if not shapes or any(size is None for shape in shapes for size in shape[1:]):
        shown = ", ".join(str(shape[1:]) for shape in shapes) or "nothing"
        raise ValueError(
            f"The input shape of model {model.name!r} is open: received {shown}, expected whole numbers. "
            "Give input_shape, without the batch, such as input_shape=(224, 224, 3)."
        )
    return [(shape[0] or 1, *shape[1:]) for shape in shapes]


def bytes_each(dtype: Any) -> int:
    """Return the bytes that one number of a dtype takes, at least 1.

    Example:
        >>> bytes_each("bfloat16")
        2
    """
    digits = re.search(r"\d+", keras.backend.standardize_dtype(dtype))
    return max(1, int(digits.group()) // 8) if digits else 1
