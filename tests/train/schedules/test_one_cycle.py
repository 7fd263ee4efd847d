"""One-cycle rates against a table worked out by hand."""

import math

import pytest

from atolye.train.schedules import OneCycle

HALF = math.sqrt(0.5)  # cos(45°)

# name: (schedule, {update: rate by hand})
TABLE = {
    "one_cycle_linear": (
        OneCycle(1.0, 10, warmup_fraction=0.4, initial_divisor=5.0, final_divisor=1000.0, anneal="linear"),
        {0: 0.2, 1: 0.4, 2: 0.6, 4: 1.0, 5: 1 - 0.999 / 6, 7: 1 - 0.999 / 2, 10: 0.001, 50: 0.001},
    ),
    "one_cycle_cosine": (
        OneCycle(1.0, 10, warmup_fraction=0.4, initial_divisor=5.0, final_divisor=1000.0),
        {0: 0.2, 1: 0.2 + 0.8 * (1 - HALF) / 2, 2: 0.6, 3: 0.2 + 0.8 * (1 + HALF) / 2, 4: 1.0, 7: 0.5005, 10: 0.001},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_values(name, check_schedule):
    check_schedule(*TABLE[name])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: OneCycle(0.0, 10), r"Received max_learning_rate=0.0"),
        (lambda: OneCycle(0.1, 1), r"Received total_steps=1; expected at least 2"),
        (lambda: OneCycle(0.1, 10, warmup_fraction=1.0), r"Received warmup_fraction=1.0"),
        (lambda: OneCycle(0.1, 10, final_divisor=0.5), r"final_divisor=0.5; expected both at least 1"),
        (lambda: OneCycle(0.1, 10, anneal="step"), r"Received anneal='step'"),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ValueError, match=text):
        make()
