"""Means leave out what cannot be told, and the words give the baseline."""

import numpy as np

from atolye.explain.quality.quality import Quality


def test_means_and_words():
    found = Quality("pointing game", np.array([1, np.nan, 0]), np.array([0.2, np.nan, 0.3]), True)
    assert (found.mean, found.random_mean) == (0.5, 0.25)
    assert str(found) == "pointing game: 0.500, random maps 0.250 (higher is better)"
    assert np.isnan(Quality("deletion", np.array([np.nan]), np.array([np.nan]), False).mean)
