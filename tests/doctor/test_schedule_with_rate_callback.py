"""A schedule object and a callback that sets the rate."""

import keras
import pytest

from atolye.doctor import schedule_with_rate_callback

CALLBACKS = [keras.callbacks.ReduceLROnPlateau(), keras.callbacks.LearningRateScheduler(lambda epoch: 0.1)]


def model(optimizer):
    built = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    built.compile(optimizer, "mse")
    return built


def schedule():
    return keras.optimizers.schedules.CosineDecay(0.1, 100)


def test_fine():
    assert schedule_with_rate_callback(model(keras.optimizers.SGD(0.1)), CALLBACKS) is None
    stopping = [keras.callbacks.EarlyStopping()]
    assert schedule_with_rate_callback(model(keras.optimizers.SGD(schedule())), stopping) is None


@pytest.mark.parametrize("callback", CALLBACKS)
def test_found(callback):
    for optimizer in (
        keras.optimizers.SGD(schedule()),
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(schedule())),
    ):
        finding = schedule_with_rate_callback(model(optimizer), [keras.callbacks.EarlyStopping(), callback])
        assert finding.cause == f"Received {type(callback).__name__} beside the schedule CosineDecay"
