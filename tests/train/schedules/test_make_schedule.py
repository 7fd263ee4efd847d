"""Any schedule by name, against a table worked out by hand."""

import math
from typing import get_args

import pytest

from atolye.train import Recipe
from atolye.train.schedules import SCHEDULES, PerUpdate, count_updates, make_schedule

HALF = math.sqrt(0.5)  # cos(45°)

# name: (schedule, {update: rate by hand})
TABLE = {
    "linear": (make_schedule("linear", 0.1, 10), {0: 0.1, 1: 0.09, 5: 0.05, 10: 0.0, 12: 0.0}),
    "exponential": (make_schedule("exponential", 0.1, 3000), {0: 0.1, 1000: 0.096, 2000: 0.1 * 0.96**2}),
    "cosine": (make_schedule("cosine", 0.1, 8), {0: 0.1, 2: 0.05 * (1 + HALF), 4: 0.05, 8: 0.0, 9: 0.0}),
    "cosine_restarts": (
        make_schedule("cosine_restarts", 0.1, 14),
        {0: 0.1, 1: 0.05, 2: 0.1, 4: 0.05, 6: 0.1, 10: 0.05, 13: 0.05 * (1 - math.cos(math.pi / 8))},
    ),
    "warmup_cosine": (
        make_schedule("warmup_cosine", 0.1, 10, warmup_steps=2),
        {0: 0.0, 1: 0.05, 2: 0.1, 4: 0.05 * (1 + HALF), 6: 0.05, 10: 0.0},
    ),
    "cyclical": (make_schedule("cyclical", 0.1, 24), {0: 0.01, 2: 0.055, 4: 0.1, 8: 0.01, 12: 0.1, 20: 0.1}),
    "one_cycle": (make_schedule("one_cycle", 0.1, 10), {0: 0.004, 3: 0.1, 10: 1e-6}),
    "triangular": (
        make_schedule("triangular", 0.1, 100),
        {0: 0.02, 1: 0.02 + 0.08 / 23, 23: 0.1, 24: 0.1 - 0.093 / 77, 100: 0.007, 120: 0.007},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_values(name, check_schedule):
    check_schedule(*TABLE[name])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: make_schedule("one_cycel", 0.1, 10), r"Received schedule 'one_cycel'.*Did you mean 'one_cycle'"),
        (lambda: make_schedule("cosine", 0.0, 10), r"Received learning_rate=0.0"),
        (lambda: make_schedule("cosine", 0.1, 1), r"Received total_steps=1"),
        (lambda: make_schedule("cosine", 0.1, 10, speed=1), r"options \['speed'\] for the schedule 'cosine'"),
        (lambda: make_schedule("warmup_cosine", 0.1, 10, warmup_steps=10), r"warmup_steps=10 of total_steps=10"),
        (lambda: count_updates(0, 32, epochs=1), r"Received num_examples=0"),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_constant_is_a_number_that_callbacks_can_change():
    assert make_schedule("constant", 0.1, 10, gradient_accumulation_steps=4) == 0.1


def test_every_schedule_takes_accumulation():
    for name in set(SCHEDULES) - {"constant"}:
        schedule = make_schedule(name, 0.1, 70, gradient_accumulation_steps=2)
        assert isinstance(schedule, PerUpdate)
        assert float(schedule(21)) == float(make_schedule(name, 0.1, 70)(10))


def test_count_updates_counts_the_short_batch():
    assert count_updates(10, 4, epochs=2) == 6
    assert count_updates(10, 4, epochs=2, drop_remainder=True) == 4
    assert count_updates(10, 4, epochs=2, gradient_accumulation_steps=4) == 1


def test_a_recipe_can_name_every_schedule():
    assert set(get_args(Recipe.model_fields["schedule"].annotation)) == set(SCHEDULES)
