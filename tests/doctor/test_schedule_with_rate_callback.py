"""A schedule object and a callback that sets the rate."""

import keras
import pytest

from atolye.doctor import integer_learning_rate, schedule_with_rate_callback

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


def test_each_of_several_optimizers_is_looked_at():
    def compiled(rate):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="last")])
        parts = {".*bias": keras.optimizers.SGD(rate)}
        groups = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.1), parts)
        model.compile(keras.optimizers.MultiOptimizer(groups), "mse")
        return model

    plateau = keras.callbacks.ReduceLROnPlateau()
    falling = compiled(keras.optimizers.schedules.CosineDecay(0.1, 100))
    assert schedule_with_rate_callback(falling, [plateau]).cause.endswith("beside the schedule CosineDecay")
    assert schedule_with_rate_callback(compiled(0.1), [plateau]) is None
    setter = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1)
    found = schedule_with_rate_callback(compiled(0.1), [setter])
    assert found.cause == "Received LearningRateScheduler beside 2 optimizers in one"
    integer = keras.optimizers.schedules.ExponentialDecay(1, 100, 0.9)
    assert integer_learning_rate(compiled(integer)).fix == "Write 1.0"
