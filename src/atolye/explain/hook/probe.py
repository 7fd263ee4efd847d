"""One question to a model: call it, record a layer, differentiate the score by it, reduce both to a map."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np

from atolye.explain.hook.inputs import Inputs, picture_in
from atolye.explain.hook.layer_paths import named_layers
from atolye.explain.hook.target import Rule, Score

MOST_TRACED = 32  # traced functions kept for a model; the oldest goes first

# (values at the layer, gradient of the score by them or None, the images), all float32, to a map of shape
# (batch, height, width) or (batch, height, width, channels).
Combine = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Probe:
    """What to ask; equal probes share one traced function, so `combine` and `rule` should be lasting functions.

    Args:
        output: name of the output that is asked about.
        combine: reduces values and gradient to a map, with `keras.ops`; None for the score alone.
        layer: path of the layer that is recorded; None for the image itself.
        gradient: whether the score is differentiated.
        logits: whether the score is a logit, not a probability.
        rule: the user's own score, or None for a class's.
        smooth: whether a map of another size than the image's is brought to it (bilinear).
    """

    output: str
    combine: Combine | None = None
    layer: str | None = None
    gradient: bool = False
    logits: bool = True
    rule: Rule | None = None
    smooth: bool = True


@dataclass(frozen=True)
class Answer:
    """What came of a probe, as arrays.

    Args:
        maps: what `combine` returned, at the image's size; empty without one.
        value: score that was explained, of shape `(num_examples,)`.
        target: class ids, -1 with a rule.
        shown: probability (or value) of the target.
    """

    maps: np.ndarray
    value: np.ndarray
    target: np.ndarray
    shown: np.ndarray


_traced: "WeakKeyDictionary[keras.Model, dict[Any, Callable[[Any, Any], Any]]]" = WeakKeyDictionary()
_TRACING = threading.Lock()


def ask(model: keras.Model, probe: Probe, inputs: Any, classes: np.ndarray) -> Answer:
    """Return a probe's answer for one batch; the traced function is kept for the next of the same image size.

    Args:
        model: built model; neither its weights nor its layers are changed.
        probe: the question.
        inputs: a batch, as the model takes it.
        classes: int32 class ids of shape `(batch,)`, -1 for the model's answer.
    """
    signature = keras.tree.map_structure(lambda part: f"{part.shape[1:]} {part.dtype}", inputs)
    key = (probe, repr(signature))
    with _TRACING:
        kept = _traced.setdefault(model, {})
        function = kept.pop(key, None) or _compile(model, probe, inputs)
        kept[key] = function  # youngest last
        while len(kept) > MOST_TRACED:
            del kept[next(iter(kept))]
    found = {
        name: keras.ops.convert_to_numpy(tensor)
        for name, tensor in function(inputs, np.asarray(classes, "int32")).items()
    }
    maps = found.get("maps", np.empty((len(classes), 0)))
    return Answer(maps, found["value"], found["target"], found["shown"])


def ask_all(model: keras.Model, probe: Probe, inputs: Inputs, classes: np.ndarray, *, batch_size: int = 32) -> Answer:
    """Return a probe's answer for all examples, `batch_size` at a time."""
    answers = []
    for start in range(0, len(inputs), batch_size):
        rows = slice(start, start + batch_size)
        answers.append(ask(model, probe, inputs.take(rows), classes[rows]))
    names = ("maps", "value", "target", "shown")
    return Answer(**{name: np.concatenate([getattr(answer, name) for answer in answers]) for name in names})


def layer_at(model: keras.Model, path: str | None) -> dict[str, Any]:
    """Return the layer of a path (without its `#2`) under that path, as `recording` wants it; nothing for None."""
    if path is None:
        return {}
    plain = path.partition("#")[0]
    return {plain: named_layers(model, operations=True)[plain]}


def reduced(probe: Probe, values: Any, gradient: Any, inputs: Any, score: Score) -> dict[str, Any]:
    """Return what a traced function returns: the map at the image's size, and the score."""
    found = {"value": score.value, "target": score.target, "shown": score.shown}
    if probe.combine is None:
        return found
    picture = keras.ops.cast(picture_in(inputs), "float32")
    slope = None if gradient is None else keras.ops.cast(gradient, "float32")
    maps = probe.combine(keras.ops.cast(values, "float32"), slope, picture)
    size = tuple(picture.shape[1:3])
    if probe.smooth and tuple(maps.shape[1:3]) != size:
        flat = len(maps.shape) == 3
        maps = keras.ops.image.resize(
            maps[..., None] if flat else maps, size, interpolation="bilinear", data_format="channels_last"
        )
        maps = maps[..., 0] if flat else maps
    return found | {"maps": maps}


def _compile(model: keras.Model, probe: Probe, inputs: Any) -> Callable[[Any, Any], Any]:
    backend = keras.backend.backend()
    if backend == "tensorflow":
        from atolye.explain.hook.compile_tensorflow import compile_probe
    elif backend == "jax":
        from atolye.explain.hook.compile_jax import compile_probe
    else:
        raise NotImplementedError(
            f"explaining a model needs the TensorFlow or JAX backend; received {backend!r}. "
            "Set KERAS_BACKEND=tensorflow before Python starts."
        )
    return compile_probe(model, probe, inputs)
