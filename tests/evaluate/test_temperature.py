"""The temperature that was put in is found again; Brier by hand and against scikit-learn."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import brier_score_loss

from atolye.evaluate import brier_score, fit_temperature, metrics, tempered_probabilities

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(0, 2, (4000, 5))
TARGETS = (RANDOM.random((4000, 1)) > softmax(LOGITS, axis=1).cumsum(axis=1)).sum(axis=1)  # drawn as the model says


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_it_is_found_again(temperature):
    assert fit_temperature(TARGETS, softmax(LOGITS * temperature, axis=1)) == pytest.approx(temperature, rel=0.05)


def test_log_loss_falls_and_accuracy_stays():
    sure = softmax(LOGITS * 3, axis=1)
    mild = tempered_probabilities(sure, fit_temperature(TARGETS, sure))
    before, after = metrics(TARGETS, sure), metrics(TARGETS, mild)
    assert after["log_loss"] < 0.8 * before["log_loss"] and after["ece"] < 0.2 * before["ece"]
    assert after["accuracy"] == before["accuracy"]


def test_two_classes_given_by_one_column():
    targets = (RANDOM.random(4000) < 1 / (1 + np.exp(-LOGITS[:, 0]))).astype(int)
    assert fit_temperature(targets, 1 / (1 + np.exp(-2 * LOGITS[:, 0]))) == pytest.approx(2, rel=0.1)


def test_brier():
    assert brier_score([0, 1], [[0.9, 0.1], [0.9, 0.1]]) == pytest.approx((0.02 + 1.62) / 2)
    right, column = RANDOM.integers(0, 2, 50), RANDOM.random(50)
    assert brier_score(right, column) == pytest.approx(2 * brier_score_loss(right, column))
