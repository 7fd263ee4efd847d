import numpy as np

from atolye.evaluate.probabilities import checked_probabilities


def test_a_vector_and_a_column_become_two_columns() -> None:
    expected = [[0.75, 0.25], [0.5, 0.5]]
    for probabilities in ([0.25, 0.5], [[0.25], [0.5]]):
        ids, values = checked_probabilities([0, 1], probabilities)
        assert ids.dtype == np.int64 and values.dtype == np.float64
        assert values.tolist() == expected


def test_rounding_above_one_is_clipped() -> None:
    assert checked_probabilities([1], [1.0039])[1].tolist() == [[0.0, 1.0]]
