"""Log-probabilities against NumPy, and labels of the wrong shape."""

import numpy as np
import pytest

from atolye.train.losses.log_probabilities import log_probabilities, pick_labels


def test_logits_keep_their_precision_where_probabilities_would_be_clipped():
    received = np.asarray(log_probabilities(np.array([[0.0, -50.0]], "float32"), from_logits=True))
    assert received[0] == pytest.approx([0.0, -50.0])


def test_probabilities_are_made_to_add_up_and_kept_from_zero():
    received = np.asarray(log_probabilities(np.array([[3.0, 1.0], [1.0, 0.0]], "float32"), from_logits=False))
    assert received[0] == pytest.approx(np.log([0.75, 0.25]))
    assert received[1] == pytest.approx([np.log(1 - 1e-7), np.log(1e-7)], abs=1e-6)


@pytest.mark.parametrize("labels", [np.array([1, 0]), np.array([[1], [0]])])
def test_picks_labels(labels):
    values = np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    assert np.asarray(pick_labels(values, labels)).tolist() == [2.0, 3.0]


def test_refuses_one_output():
    with pytest.raises(ValueError, match="Received predictions with 1 output; expected one for each class"):
        pick_labels(np.zeros((2, 1), "float32"), np.zeros(2))


def test_refuses_one_hot_labels():
    with pytest.raises(ValueError, match=r"labels of shape \(2, 3\) for predictions of shape \(2, 3\)"):
        pick_labels(np.zeros((2, 3), "float32"), np.zeros((2, 3)))
