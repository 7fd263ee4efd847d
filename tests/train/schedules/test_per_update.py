"""Schedules are counted in optimizer updates, however Keras groups the batches."""

import keras
import numpy as np
import pytest

from atolye.train.schedules import FlatCosine, OneCycle, PerUpdate, make_schedule

# name: (schedule, {update: rate by hand})
TABLE = {
    "per_update": (
        PerUpdate(OneCycle(1.0, 10, warmup_fraction=0.4, initial_divisor=5.0, anneal="linear"), 3),
        {0: 0.2, 2: 0.2, 3: 0.4, 5: 0.4, 6: 0.6, 12: 1.0, 14: 1.0},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_values(name, check_schedule):
    check_schedule(*TABLE[name])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: PerUpdate(FlatCosine(0.1, 10), 1), r"Received gradient_accumulation_steps=1; expected at least 2"),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def rates_of_updates(*, accumulation=None, steps_per_execution=1, batches=12):
    """Train one weight with gradient 1 from 0, and read each update's learning rate off the weight."""
    total = batches // (accumulation or 1)
    schedule = make_schedule(
        "one_cycle",
        1.0,
        total,
        gradient_accumulation_steps=accumulation,
        warmup_fraction=0.5,
        initial_divisor=4.0,
        anneal="linear",
    )
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")])
    optimizer = keras.optimizers.SGD(schedule, gradient_accumulation_steps=accumulation)
    model.compile(optimizer, lambda y, prediction: -prediction, steps_per_execution=steps_per_execution)
    ones = np.ones((batches, 1), "float32")
    weights = [0.0]
    for start in range(0, batches, steps_per_execution):
        part = ones[start : start + steps_per_execution]
        model.fit(part, part, batch_size=1, epochs=1, verbose=0, shuffle=False)
        weights.append(float(model.get_weights()[0][0, 0]))
    return np.diff(weights), [float(getattr(schedule, "schedule", schedule)(step)) for step in range(total)]


def test_counted_in_updates_under_gradient_accumulation():
    steps, rates = rates_of_updates(accumulation=3)
    assert steps[2::3] == pytest.approx(rates, abs=1e-5)
    assert steps[0::3] == pytest.approx(0.0)


def test_counted_in_updates_under_steps_per_execution():
    steps, rates = rates_of_updates(steps_per_execution=4)
    assert steps == pytest.approx(np.reshape(rates, (3, 4)).sum(axis=1), abs=1e-5)
