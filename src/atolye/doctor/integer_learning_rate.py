"""Rule: a schedule's learning rate is a float."""

from typing import Any

import keras

from atolye.doctor.finding import Finding


def integer_learning_rate(model: keras.Model) -> Finding | None:
    """Find one of Keras's schedules that was given its first learning rate as an integer.

    Keras refuses an integer as an optimizer's learning rate, but takes it in a schedule and then computes in
    integers: `ExponentialDecay(1, 100, 0.9)` is 0 from update 1 on, `InverseTimeDecay(1, 100, 0.5)` never falls, and
    `CosineDecay(0, 100, warmup_target=0.1, warmup_steps=10)` fails at the first update.

    Args:
        model: a compiled model.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(1, 100)), "mse")
        >>> integer_learning_rate(model).fix
        'Write 1.0'
    """
    for schedule in learning_rates_of(model.optimizer):
        schedule = getattr(schedule, "schedule", schedule)  # PerUpdate and ScaledSchedule wrap another.
        value = getattr(schedule, "initial_learning_rate", None)
        if isinstance(value, int) and type(schedule).__module__.startswith("keras."):
            return Finding(
                f"Received the integer initial_learning_rate={value} in {type(schedule).__name__}",
                "Keras computes the schedule in integers, so that the rate jumps to 0, never falls, or training fails",
                f"Write {value}.0",
            )
    return None


def learning_rates_of(optimizer: Any) -> list[Any]:
    """Return an optimizer's learning rate as it was given, a schedule object or else a variable; of several, each."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return [getattr(part, "_learning_rate", None) for part in getattr(inner, "optimizers", [inner])]
