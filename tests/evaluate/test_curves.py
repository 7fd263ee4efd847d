import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from atolye.evaluate import precision_recall, roc
from atolye.evaluate.curves import mean_area

TARGETS = np.array([0, 0, 1, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8])


def test_roc_by_hand() -> None:
    curve = roc(TARGETS, SCORES)[1]
    # From the top: 0.8 is positive, 0.4 negative, 0.35 positive, 0.1 negative: 3 of the 4 pairs are in order.
    assert curve.area == 0.75
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0.0, 0.0, 1.0, 1.0)


def test_precision_recall_by_hand() -> None:
    curve = precision_recall(TARGETS, SCORES)[1]
    # Average precision: half the positives at precision 1, the other half at 2/3.
    assert curve.area == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert (curve.x[0], curve.y[0], curve.x[-1]) == (0.0, 1.0, 1.0)


def test_each_class_against_the_rest_equals_scikit_learn() -> None:
    targets = np.arange(90) % 3
    probabilities = np.random.default_rng(2).dirichlet(np.ones(3), 90)
    for index, (first, second) in enumerate(
        zip(roc(targets, probabilities), precision_recall(targets, probabilities), strict=True)
    ):
        assert first.area == pytest.approx(roc_auc_score(targets == index, probabilities[:, index]))
        assert second.area == pytest.approx(average_precision_score(targets == index, probabilities[:, index]))


def test_absent_class_is_not_defined_and_does_not_warn() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]])
    curves = roc([0, 1], probabilities)
    assert [curve.defined for curve in curves] == [True, True, False]
    assert mean_area(curves) == 1.0
    assert not precision_recall([0, 1], probabilities)[2].defined
    assert np.isnan(mean_area(roc([0, 0], [[0.5, 0.5], [0.9, 0.1]])))
