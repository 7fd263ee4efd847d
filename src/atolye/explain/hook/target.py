"""The score that is explained: of which class, on which output, as logit or as probability."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from atolye.explain.hook.recording import Recording
from atolye.explain.hook.structure import Output, Structure, named_outputs

ANSWER = -1  # stands for the class that the model answers

# The score of the examples: takes the scores of all units, of shape (batch, units), and returns shape (batch,).
Rule = Callable[[Any], Any]
Target = int | Sequence[int] | np.ndarray | Rule | None


class Score(NamedTuple):
    """What a model said of a batch, as tensors of shape `(batch,)`.

    Args:
        value: the score to explain: the class's logit where the method wants logits, else its probability or value.
        target: class ids, -1 with a rule of the user's own.
        shown: the class's probability, or the value: what the model answers.
    """

    value: Any
    target: Any
    shown: Any


def resolve_target(
    target: Target, count: int, *, structure: Structure, output: str | int | None = None
) -> tuple[np.ndarray, Rule | None]:
    """Return class ids of shape `(count,)`, -1 where the model's own answer is meant, and the user's rule if it is one.

    Args:
        target: None for what the model answers; a class id for all examples, or one for each; or a function from the
            scores of all units, of shape `(batch, units)`, to the score, of shape `(batch,)`. A model with one sigmoid
            unit has the classes 0 and 1.
        count: number of examples.
        structure: of the model.
        output: the output that is asked about.

    Raises:
        ValueError: when a class is out of range, the numbers differ, or the output has no classes.
    """
    name = structure.output(output)
    if callable(target):
        return np.full(count, ANSWER, "int32"), target
    asked = structure.outputs[name]
    num_classes = _num_classes(asked)
    if num_classes is None:
        raise ValueError(
            f"Output {name!r} of model {structure.name!r} has the shape {asked.shape} an example; a class can be "
            "chosen of shape (num_classes,) only. Give target= a function from the output to one number an example."
        )
    if target is None:
        return np.full(count, ANSWER, "int32"), None
    ids = np.asarray(target)
    if ids.dtype == bool or not np.issubdtype(ids.dtype, np.integer) or ids.ndim > 1:
        raise ValueError(f"Received target={target!r}; expected a class id, one for each image, a function, or None.")
    if ids.ndim == 1 and len(ids) != count:
        raise ValueError(f"Received {len(ids)} targets for {count} images; expected one for each, or one for all.")
    wrong = ids[(ids < 0) | (ids >= num_classes)] if ids.size else ids
    if np.size(wrong):
        raise ValueError(
            f"Received target={int(np.ravel(wrong)[0])}; model {structure.name!r} has {_classes(num_classes)}."
        )
    return np.broadcast_to(ids, (count,)).astype("int32"), None


def score_of(
    model: Any, outputs: Any, record: Recording, classes: Any, *, output: str, rule: Rule | None, logits: bool
) -> Score:
    """Return the score of a batch, from what the model returned and what was recorded on the way.

    Args:
        model: the model that was called.
        outputs: what it returned.
        record: of that call.
        classes: int32 class ids of shape `(batch,)`, -1 for the model's answer.
        output: name of the output that is asked about.
        rule: the user's own function, or None.
        logits: whether the score is taken before the softmax or sigmoid. After it, a sure answer has no gradient.
    """
    answer = named_outputs(model, outputs)[output]
    before, activation = record.before_activation(answer)
    probabilities = keras.ops.cast(answer, "float32")
    units = keras.ops.cast(before, "float32") if logits else probabilities
    if rule is not None:
        value = rule(units)
        if not hasattr(value, "shape") or len(value.shape) != 1:
            got = getattr(value, "shape", type(value).__name__)
            raise ValueError(f"The target function returned {got}; expected one number an example: shape (batch,).")
        return Score(value, keras.ops.full_like(classes, ANSWER), value)
    if answer.shape[-1] == 1 and activation == "sigmoid":
        # One sigmoid unit z is the two classes of scores -z and z.
        units = keras.ops.concatenate([-units if logits else 1 - units, units], axis=-1)
        probabilities = keras.ops.concatenate([1 - probabilities, probabilities], axis=-1)
    best = keras.ops.cast(keras.ops.argmax(probabilities, axis=-1), "int32")
    target = keras.ops.where(classes == ANSWER, best, classes)
    return Score(_pick(units, target), target, _pick(probabilities, target))


def _pick(columns: Any, target: Any) -> Any:
    return keras.ops.squeeze(keras.ops.take_along_axis(columns, target[:, None], axis=-1), axis=-1)  # (B, C) -> (B,)


def _num_classes(output: Output) -> int | None:
    if len(output.shape) != 1 or output.shape[0] is None:
        return None
    return 2 if output.shape[0] == 1 and output.activation == "sigmoid" else output.shape[0]


def _classes(count: int) -> str:
    return f"the classes 0 to {count - 1}" if count > 1 else "one output unit, target 0"
