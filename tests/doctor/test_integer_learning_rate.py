"""Integers in schedules."""

import keras
import pytest

from atolye.doctor import integer_learning_rate
from atolye.train.schedules import OneCycle, PerUpdate

schedules = keras.optimizers.schedules


def finding(learning_rate):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return integer_learning_rate(model)


@pytest.mark.parametrize("rate", [0.1, schedules.ExponentialDecay(1.0, 100, 0.9), OneCycle(1, 100)])
def test_fine(rate):
    assert finding(rate) is None


@pytest.mark.parametrize("wrap", [lambda schedule: schedule, lambda schedule: PerUpdate(schedule, 2)])
def test_found(wrap):
    schedule = schedules.ExponentialDecay(1, 100, 0.9)
    assert float(schedule(1)) == 0.0  # What the finding says.
    assert finding(wrap(schedule)).message.startswith(
        "Received the integer initial_learning_rate=1 in ExponentialDecay; Keras computes the schedule in integers"
    )
