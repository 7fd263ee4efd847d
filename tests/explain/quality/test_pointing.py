"""The pointing game and the energy inside, by hand; random maps hit as often as the object is large."""

import numpy as np
import pytest

from atolye.explain.explanation import make_explanation
from atolye.explain.quality import energy_inside, pointing_game

MASK = np.zeros((4, 10, 10), bool)
MASK[:3, 2:6, 2:7] = True  # 20 of 100 places; the last image is empty


def explanation():
    maps = np.zeros((4, 10, 10))
    maps[0, 3, 3], maps[0, 9, 9] = 3, 1  # a hit, three quarters inside
    maps[1, 2, 1], maps[1, 5, 6] = 2, 1  # a miss by one pixel
    return make_explanation("m", np.zeros((4, 10, 10, 1)), maps, np.zeros(4, int), np.ones(4))


def test_hits_misses_and_what_cannot_be_told():
    found = pointing_game(explanation(), MASK)
    np.testing.assert_array_equal(found.values, [1, 0, 0, np.nan])  # the third map is flat
    assert found.mean == pytest.approx(1 / 3)
    np.testing.assert_array_equal(pointing_game(explanation(), MASK, tolerance=1).values, [1, 1, 0, np.nan])
    np.testing.assert_array_equal(np.isnan(found.random), [False, False, False, True])


def test_random_maps_hit_by_area():
    many = make_explanation("m", np.zeros((60, 10, 10, 1)), np.ones((60, 10, 10)), np.zeros(60, int), np.ones(60))
    found = pointing_game(many, np.repeat(MASK[:1], 60, axis=0))
    assert found.random_mean == pytest.approx(0.2, abs=0.03)


def test_energy():
    found = energy_inside(explanation(), MASK)
    np.testing.assert_allclose(found.values, [0.75, 1 / 3, 0, np.nan])
    np.testing.assert_allclose(found.random[:3], 0.2, atol=0.05)


def test_refusals():
    with pytest.raises(ValueError, match=r"Received masks of shape \(1, 2\) for maps of shape \(4, 10, 10\)"):
        energy_inside(explanation(), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="Received tolerance=-1"):
        pointing_game(explanation(), MASK, tolerance=-1)
