"""Cyclical rates against a table worked out by hand."""

import pytest

from atolye.train.schedules import CyclicalLearningRate

# name: (schedule, {update: rate by hand})
TABLE = {
    "triangular": (
        CyclicalLearningRate(0.1, 0.5, step_size=4),
        {0: 0.1, 1: 0.2, 3: 0.4, 4: 0.5, 5: 0.4, 8: 0.1, 12: 0.5, 14: 0.3},
    ),
    "triangular2": (
        CyclicalLearningRate(0.1, 0.5, step_size=4, mode="triangular2"),
        {0: 0.1, 4: 0.5, 6: 0.3, 8: 0.1, 12: 0.3, 14: 0.2, 16: 0.1, 20: 0.2},
    ),
    "exp_range": (
        CyclicalLearningRate(0.1, 0.5, step_size=4, mode="exp_range", gamma=0.5),
        {0: 0.1, 1: 0.1 + 0.1 * 0.5, 2: 0.1 + 0.2 * 0.25, 4: 0.1 + 0.4 / 16, 8: 0.1, 12: 0.1 + 0.4 / 4096},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_values(name, check_schedule):
    check_schedule(*TABLE[name])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: CyclicalLearningRate(0.5, 0.1, step_size=4), r"base_learning_rate=0.5 and max_learning_rate=0.1"),
        (lambda: CyclicalLearningRate(0.1, 0.5, step_size=0), r"Received step_size=0; expected at least 1 update"),
        (lambda: CyclicalLearningRate(0.1, 0.5, step_size=4, mode="saw"), r"Received mode='saw'; expected one of"),
        (lambda: CyclicalLearningRate(0.1, 0.5, step_size=4, gamma=1.1), r"Received gamma=1.1"),
    ],
)
def test_refuses(make, text):
    with pytest.raises(ValueError, match=text):
        make()
