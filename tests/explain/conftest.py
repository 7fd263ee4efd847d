"""Shared by the Shapley tests: the definition as oracle, and two functions with a known kind of interaction."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest


@pytest.fixture
def exact_shapley():
    """The definition: weighted marginal contributions over all subsets."""
    return _exact_shapley


def _exact_shapley(predict, row, background):
    n = len(row)

    def value(subset):
        rows = background.copy()
        rows[:, list(subset)] = row[list(subset)]
        return np.asarray(predict(rows)).mean(axis=0)

    phi = []
    for feature in range(n):
        others = [other for other in range(n) if other != feature]
        total = 0.0
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for subset in combinations(others, size):
                total = total + weight * (value((*subset, feature)) - value(subset))
        phi.append(total)
    return np.stack(phi)


@pytest.fixture
def table():
    generator = np.random.default_rng(3)
    return generator.normal(size=(3, 4)), generator.normal(size=(7, 4))


@pytest.fixture
def pairs():
    """Features interact in pairs at most."""
    return lambda rows: 2 * rows[:, 0] - rows[:, 1] * rows[:, 2] + np.sin(rows[:, 3]) * rows[:, 0]


@pytest.fixture
def triples():
    """Two outputs that sum to 1; three features interact."""

    def predict(rows):
        first = np.tanh(rows[:, 0] * rows[:, 1] * rows[:, 2] + rows[:, 3])
        return np.stack([first, 1 - first], axis=1)

    return predict
