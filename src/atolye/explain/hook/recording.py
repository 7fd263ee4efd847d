"""The call hook: record what layers return in one call of a model, and lend it back exactly as it was.

No second model is built, so it works wherever layers are: in functional, Sequential and subclassed models, nested as
deep as one likes, and in files that were just loaded. While a block is open, the layers' `call` on the instance stands
in front of the class's; at its end it is gone.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras

_LOCK = threading.RLock()  # the hook is on the layers themselves: one thread at a time
_CALLS = ("call", "quantized_call")
_SQUASHING = (keras.activations.softmax, keras.activations.sigmoid, keras.activations.log_softmax)
# Layers, and operations of a Functional graph, that do the same; temperature scaling changes no order.
_SQUASHING_KINDS = {"Softmax": "softmax", "Sigmoid": "sigmoid", "LogSoftmax": "log_softmax", "Temperature": None}

Change = Callable[[str, Any], Any]


@dataclass(frozen=True)
class Call:
    """One call of one layer: its path (a second call of the same layer ends in `#2`), the layer, what it returned."""

    path: str
    layer: Any
    output: Any


@dataclass
class Recording:
    """What was called in a block of `recording`.

    Args:
        calls: the watched layers' calls, in the order in which they ended.
    """

    calls: list[Call] = field(default_factory=list)
    _squashed: list[tuple[Any, Any, str | None]] = field(default_factory=list)  # (output, input, activation)

    def at(self, path: str) -> Any:
        """Return what the call at `path` returned.

        Raises:
            ValueError: when there was no such call.
        """
        for call in self.calls:
            if call.path == path:
                return call.output
        raise ValueError(f"Layer {path!r} is not called in inference; choose another.")

    def before_activation(self, output: Any) -> tuple[Any, str | None]:
        """Return the logits that a softmax or sigmoid made `output` of, and its name; else `output` and None."""
        found, name = output, None
        while True:
            pair = next(((before, kind) for after, before, kind in self._squashed if after is found), None)
            if pair is None:
                break
            found, name = pair[0], pair[1] or name
        # Keras marks what its own functions return, also where no layer called them (not on every backend).
        marked = getattr(found, "_keras_logits", None)
        if name is None and marked is not None:
            return marked, "softmax" if _last_size(marked) != 1 else "sigmoid"
        return found, name


@contextmanager
def recording(model: Any, watched: Mapping[str, Any], change: Change | None = None) -> Iterator[Recording]:
    """Record the calls that `model` makes while the block is open; it is the same, bit for bit, after it.

    Args:
        model: model that is called in the block.
        watched: layers to record, by path, as `named_layers` returns them.
        change: called with the path and the tensor of every recorded call; what it returns goes on in the layer's
            place. Differentiation hangs on it.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "softmax", name="dense")])
        >>> with recording(model, {"dense": model.layers[0]}) as record:
        ...     outputs = model(keras.ops.ones((1, 2)))
        >>> record.at("dense") is outputs, record.before_activation(outputs)[1]
        (True, 'softmax')
    """
    record = Recording()
    with _LOCK, ExitStack() as loans:
        for path, layer in watched.items():
            recorder = _recorder(record, path, layer, change)
            for name in _CALLS:
                if hasattr(layer, name):
                    loans.enter_context(_lent(layer, name, recorder(getattr(layer, name))))
        for part in _parts(model):
            attribute, kind = _squashes(part)
            if attribute:
                loans.enter_context(_lent(part, attribute, _squashing(record, getattr(part, attribute), kind)))
        yield record


def _recorder(record: Recording, path: str, layer: Any, change: Change | None) -> Callable[[Any], Any]:
    times = 0

    def around(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal times
            outputs = original(*args, **kwargs)
            flat = keras.tree.flatten(outputs)
            tensor = next((part for part in flat if keras.ops.is_tensor(part)), None)
            if tensor is None:
                return outputs
            times += 1
            place = path if times == 1 else f"{path}#{times}"
            given = change(place, tensor) if change else tensor
            record.calls.append(Call(place, layer, given))
            if given is tensor:
                return outputs
            changed = [given if part is tensor else part for part in flat]
            return keras.tree.pack_sequence_as(outputs, changed)

        return call

    return around


def _squashing(record: Recording, original: Any, kind: str | None) -> Any:
    def squash(inputs: Any, *args: Any, **kwargs: Any) -> Any:
        outputs = original(inputs, *args, **kwargs)
        record._squashed.append((outputs, inputs, kind))
        return outputs

    return squash


def _squashes(part: Any) -> tuple[str | None, str | None]:
    """Return the attribute of a layer or operation that turns logits into probabilities, and by what; else None."""
    activation = getattr(part, "activation", None)
    if activation is not None and activation in _SQUASHING:
        return "activation", activation.__name__
    kind = type(part).__name__
    return ("call", _SQUASHING_KINDS[kind]) if kind in _SQUASHING_KINDS else (None, None)


def _parts(model: Any) -> list[Any]:
    """Return the model, all layers inside it and the operations of its Functional graphs, each once."""
    parts: dict[int, Any] = {}
    for layer in model._flatten_layers():
        parts[id(layer)] = layer
        if isinstance(layer, keras.Model):
            parts |= {id(operation): operation for operation in getattr(layer, "operations", ())}
    return list(parts.values())


@contextmanager
def _lent(part: Any, name: str, value: Any) -> Iterator[None]:
    own = part.__dict__.get(name, _lent)  # _lent stands for: the class's, nothing on the instance
    # Past Keras's attribute tracking: it is a loan.
    object.__setattr__(part, name, value)
    try:
        yield
    finally:
        if own is _lent:
            part.__dict__.pop(name, None)
        else:
            object.__setattr__(part, name, own)


def _last_size(tensor: Any) -> int | None:
    return tensor.shape[-1] if len(tensor.shape) else None
