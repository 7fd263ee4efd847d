"""Labels that were swapped are found; those of an undecided model are left alone."""

import numpy as np
import pandas as pd

from atolye.evaluate import likely_label_errors

RANDOM = np.random.default_rng(0)


def test_swapped_labels_are_found():
    truth = RANDOM.integers(0, 4, 400)
    probabilities = np.full((400, 4), 0.01)
    probabilities[np.arange(400), truth] = 0.97
    given = truth.copy()
    given[:12] = (given[:12] + 1) % 4
    found = likely_label_errors(given, probabilities)
    assert sorted(found["row"]) == list(range(12))
    assert (found["suggested"].to_numpy() == truth[found["row"]]).all()
    assert likely_label_errors(truth, probabilities).empty


def test_a_model_that_does_not_know_doubts_nothing():
    probabilities = RANDOM.dirichlet(np.ones(4), 300)
    assert len(likely_label_errors(RANDOM.integers(0, 4, 300), probabilities)) < 15
    assert likely_label_errors([0, 1], [[0.3, 0.7], [0.6, 0.4]]).empty


def test_the_most_doubtful_first_and_an_absent_class_suggests_nothing():
    probabilities = [[0.95, 0.05, 0.0], [0.99, 0.01, 0.0], [0.04, 0.91, 0.05], [0.9, 0.1, 0.0], [0.0, 0.0, 1.0]]
    found = likely_label_errors([1, 1, 1, 0, 0], probabilities)
    pd.testing.assert_series_equal(found["row"], pd.Series([1, 0], name="row"))
    assert found["label_confidence"].tolist() == [0.01, 0.05]
