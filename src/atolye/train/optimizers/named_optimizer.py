"""The optimizers that need to know nothing of the model."""

from typing import Any

import keras

from atolye.errors import did_you_mean

_KINDS = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD}


def named_optimizer(kind: str, learning_rate: Any, *, name: str | None = None) -> keras.optimizers.Optimizer:
    """Return a new optimizer of a kind, with Keras's defaults but for SGD, which gets Nesterov momentum of 0.9.

    Use it where a setting says which optimizer trains; write the class where you know it.

    Args:
        kind: `"adam"`, `"adamw"` or `"sgd"`.
        learning_rate: a number above 0, or a schedule.
        name: the optimizer's; default the kind's.

    Raises:
        ValueError: for another kind.

    Example:
        >>> named_optimizer("sgd", 0.1).momentum
        0.9
    """
    if kind not in _KINDS:
        raise ValueError(
            f"Received optimizer {kind!r}; expected one of {', '.join(_KINDS)}.{did_you_mean(kind, _KINDS)}"
        )
    momentum = {"momentum": 0.9, "nesterov": True} if kind == "sgd" else {}
    return _KINDS[kind](learning_rate, **momentum, **({"name": name} if name else {}))
