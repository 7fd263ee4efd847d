"""Flat-then-cosine rates against a table worked out by hand."""

import math

import pytest

from atolye.train.schedules import FlatCosine

HALF = math.sqrt(0.5)  # cos(45°)

# name: (schedule, {update: rate by hand})
TABLE = {
    "flat_cosine": (
        FlatCosine(0.1, 8, flat_fraction=0.5, alpha=0.1),
        {0: 0.1, 3: 0.1, 4: 0.1, 5: 0.01 + 0.09 * (1 + HALF) / 2, 6: 0.055, 8: 0.01, 20: 0.01},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_values(name, check_schedule):
    check_schedule(*TABLE[name])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: FlatCosine(-1.0, 10), r"Received initial_learning_rate=-1.0"),
        (lambda: FlatCosine(0.1, 0), r"Received total_steps=0"),
        (lambda: FlatCosine(0.1, 10, flat_fraction=1.0), r"Received flat_fraction=1.0"),
        (lambda: FlatCosine(0.1, 10, alpha=2.0), r"Received alpha=2.0"),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ValueError, match=text):
        make()
