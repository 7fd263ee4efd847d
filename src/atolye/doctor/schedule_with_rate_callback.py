"""Rule: a schedule object and a callback that sets the learning rate exclude each other."""

from collections.abc import Sequence
from typing import Any

import keras

from atolye.doctor.finding import Finding
from atolye.doctor.integer_learning_rate import learning_rates_of


def schedule_with_rate_callback(model: keras.Model, callbacks: Sequence[Any]) -> Finding | None:
    """Find a callback that sets the learning rate beside a schedule object, or one rate set for several optimizers.

    Beside a schedule Keras raises a TypeError when the callback first changes the rate: for ReduceLROnPlateau in the
    middle of the training. Beside several optimizers LearningRateScheduler sets the same rate for all of them;
    ReduceLROnPlateau lowers each by its factor.

    Args:
        model: a compiled model.
        callbacks: what `fit` will be given.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100)), "mse")
        >>> schedule_with_rate_callback(model, [keras.callbacks.ReduceLROnPlateau()]).cause
        'Received ReduceLROnPlateau beside the schedule CosineDecay'
    """
    rates = learning_rates_of(model.optimizer)
    schedule = next((rate for rate in rates if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)), None)
    setters = (keras.callbacks.ReduceLROnPlateau, keras.callbacks.LearningRateScheduler)
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.LearningRateScheduler) and len(rates) > 1:
            return Finding(
                f"Received {type(callback).__name__} beside {len(rates)} optimizers in one",
                "it sets one and the same rate for all of them, whatever each was given",
                "Remove the callback, and give each of them a schedule",
            )
        if isinstance(callback, setters) and schedule is not None:
            return Finding(
                f"Received {type(callback).__name__} beside the schedule {type(schedule).__name__}",
                "a callback cannot set a rate that a schedule computes, and Keras would stop in the middle of training",
                "Remove the callback, or give the optimizer a number as its learning rate",
            )
    return None
