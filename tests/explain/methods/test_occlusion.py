"""Occlusion by hand: which part of the score falls with each patch."""

import keras
import numpy as np
import pytest

from atolye.explain import occlusion
from atolye.explain.methods.occlusion import _starts


def linear(size):
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    return keras.Sequential([keras.Input((size, size, 1)), keras.layers.Flatten(), dense])


def test_every_pixel_by_itself():
    image = np.arange(9.0).reshape(1, 3, 3, 1)
    np.testing.assert_allclose(occlusion(linear(3), image, patch=1, fill=0).maps[0], image[0, ..., 0], atol=1e-5)


def test_patches_that_overlap_are_averaged():
    # A patch takes away its sum minus 4 means; a place has the mean of the patches over it.
    image = np.arange(9.0).reshape(3, 3)
    fall = np.array([[image[r : r + 2, c : c + 2].sum() - 16 for c in range(2)] for r in range(2)])
    found = occlusion(linear(3), image[None, ..., None], patch=2, stride=1).maps[0]
    assert found[0, 0] == pytest.approx(fall[0, 0])
    assert found[1, 1] == pytest.approx(fall.mean())
    assert found[0, 1] == pytest.approx(fall[0].mean())


def test_the_far_edge_is_covered():
    assert _starts(10, 4, 3) == [0, 3, 6]
    assert _starts(11, 4, 3) == [0, 3, 6, 7]
    assert _starts(3, 4, 2) == [0]


def test_refusals():
    with pytest.raises(
        ValueError, match="Received patch=5, stride=2 for images of 3 x 3; expected a patch from 1 to 3"
    ):
        occlusion(linear(3), np.ones((1, 3, 3, 1)), patch=5)
