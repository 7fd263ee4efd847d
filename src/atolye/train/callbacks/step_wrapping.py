"""What callbacks do inside the compiled training step: several may, in any order, and the model is left as it was."""

from collections.abc import Callable
from typing import Any

import keras

Step = Callable[[Any], Any]
Wrap = Callable[[Step], Step]


def wrap_train_step(model: keras.Model, wrap: Wrap) -> None:
    """Put `wrap` around the model's training step, outside of those that are there; call it in `on_train_begin`.

    Use it on TensorFlow where a callback must see every update, also with several steps in one execution.

    Args:
        model: a compiled model.
        wrap: takes a step and returns one that does more; a bound method, such as `callback.wrap_step`.

    Example:
        wrap_train_step(self.model, self.wrap_step)    # in on_train_begin
        unwrap_train_step(self.model, self.wrap_step)  # in on_train_end
    """
    original, wraps = _installed(model)
    _install(model, original, [*wraps, wrap])
    model.make_train_function(force=True)


def unwrap_train_step(model: keras.Model, wrap: Wrap) -> None:
    """Take `wrap` off again, and leave the others."""
    original, wraps = _installed(model)
    _install(model, original, [other for other in wraps if other != wrap])
    model.train_function = None


def _installed(model: keras.Model) -> tuple[Step, list[Wrap]]:
    """Return the model's own step and what is around it."""
    step = model.train_step
    # Each call of fit has a history of its own: what is around the step since an earlier one was left by a training
    # that was interrupted, and does not count.
    current = getattr(step, "history", None) is getattr(model, "history", None)
    return getattr(step, "original", step), list(getattr(step, "wraps", [])) if current else []


def _install(model: keras.Model, original: Step, wraps: list[Wrap]) -> None:
    if "train_step" in vars(model):
        del model.train_step
    if wraps:
        wrapped = original
        for wrap in wraps:
            wrapped = wrap(wrapped)

        history = getattr(model, "history", None)

        def step(data: Any) -> Any:
            stale = getattr(model, "history", None) is not history
            return (original if stale else wrapped)(data)

        step.original, step.wraps, step.history = original, wraps, history  # type: ignore[attr-defined]
        model.train_step = step
    elif model.train_step != original:  # somebody else had put a step of their own there
        model.train_step = original
