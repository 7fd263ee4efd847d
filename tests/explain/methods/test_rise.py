"""RISE: its masks, and that it finds the one pixel that counts."""

import keras
import numpy as np
import pytest

from atolye.explain import rise
from atolye.explain.methods.rise import random_masks


def test_masks_are_shares_with_the_right_mean():
    masks = random_masks(400, (9, 14), cells=4, seen=0.3, seed=0)
    assert (masks.shape, masks.min() >= 0, masks.max() <= 1) == ((400, 9, 14), True, True)
    np.testing.assert_allclose(masks.mean(0), 0.3, atol=0.1)
    np.testing.assert_array_equal(masks, random_masks(400, (9, 14), cells=4, seen=0.3, seed=0))


def test_it_finds_what_counts_and_is_zero_elsewhere_on_average():
    weights = np.zeros((12, 12, 1))
    weights[8, 3] = 1
    dense = keras.layers.Dense(1, use_bias=False)
    model = keras.Sequential([keras.Input((12, 12, 1)), keras.layers.Flatten(), dense])
    dense.set_weights([weights.reshape(144, 1)])
    found = rise(model, np.ones((1, 12, 12, 1)), masks=600, cells=6, fill=0)
    row, column = np.unravel_index(found.maps[0].argmax(), (12, 12))
    assert abs(row - 8) <= 1 and abs(column - 3) <= 1
    assert np.abs(found.maps[0, :4, 8:]).max() < 0.25 * found.maps.max()


def test_refusals():
    with pytest.raises(ValueError, match="Received masks=1, cells=7, seen=0.5"):
        rise(None, None, masks=1)
