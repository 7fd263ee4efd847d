import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from atolye.evaluate import confusion, most_confused


def test_by_hand_rows_are_true_classes() -> None:
    assert confusion([0, 0, 1, 2], [0, 1, 1, 0], 3).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_equals_scikit_learn_with_an_absent_class() -> None:
    generator = np.random.default_rng(3)
    targets, predictions = generator.integers(0, 4, 300), generator.integers(0, 4, 300)
    expected = confusion_matrix(targets, predictions, labels=range(5))
    assert np.array_equal(confusion(targets, predictions, 5), expected)


def test_bad_ids_and_lengths() -> None:
    with pytest.raises(ValueError, match=r"Received predictions from 0 to 2; expected class ids in \[0, 2\)"):
        confusion([0, 1], [0, 2], 2)
    with pytest.raises(ValueError, match="Received 1 targets and 2 predictions"):
        confusion([0], [0, 1], 2)


def test_most_confused_orders_by_count() -> None:
    matrix = np.array([[5, 3, 0], [1, 6, 3], [0, 0, 0]])
    table = most_confused(matrix, ["a", "b", "c"], count=2)
    assert table.values.tolist() == [["a", "b", 3, 0.375], ["b", "c", 3, 0.3]]


def test_a_perfect_matrix_confuses_nothing() -> None:
    assert most_confused(np.diag([3, 4]), ["a", "b"]).empty
