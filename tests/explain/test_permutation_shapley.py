"""Sampled Shapley values against exact enumeration over all subsets, and hand-made answers."""

import numpy as np
import pytest

from atolye.explain.permutation_shapley import permutation_shapley


def test_one_order_and_its_reverse_are_exact_for_pairwise_interactions(table, pairs, exact_shapley):
    x, background = table
    values, base, _ = permutation_shapley(pairs, x, background, num_permutations=1)
    expected = np.stack([exact_shapley(pairs, row, background) for row in x])
    np.testing.assert_allclose(values, expected, atol=1e-12)
    assert base == pytest.approx(pairs(background).mean())


def test_many_orders_converge_to_the_enumeration_within_the_stated_error(table, triples, exact_shapley):
    x, background = table
    values, _, errors = permutation_shapley(triples, x, background, num_permutations=4000, seed=1)
    expected = np.stack([exact_shapley(triples, row, background) for row in x])
    assert values.shape == (3, 4, 2)
    np.testing.assert_allclose(values, expected, atol=0.01)
    assert (np.abs(values - expected) <= 4 * errors + 1e-9).all()
    np.testing.assert_allclose(values[..., 0], -values[..., 1], atol=1e-12)  # the outputs sum to 1


def test_same_seed_same_values_and_a_feature_without_effect_gets_zero(table):
    x, background = table
    predict = lambda rows: np.tanh(rows[:, 0] * rows[:, 1] * rows[:, 2])  # noqa: E731
    first = permutation_shapley(predict, x, background, num_permutations=3, seed=5)[0]
    again = permutation_shapley(predict, x, background, num_permutations=3, seed=5)[0]
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first[:, 3], 0, atol=1e-15)


def test_one_feature_gets_all():
    values, base, errors = permutation_shapley(lambda rows: 3 * rows[:, 0], np.array([[2.0]]), np.array([[0.0], [1.0]]))
    assert values.tolist() == [[4.5]] and base == 1.5 and errors.tolist() == [[0.0]]
