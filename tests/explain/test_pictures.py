"""Colours over an image: none where the map is 0, the map's own where it is 1."""

import numpy as np
import pytest
from matplotlib import colormaps

from atolye.explain.pictures import HEAT, displayed, overlay


def test_images_keep_their_brightness_or_are_stretched():
    np.testing.assert_allclose(displayed(np.full((1, 1, 3), 51, "uint8")), 0.2)
    np.testing.assert_allclose(displayed(np.full((1, 1, 3), 0.2)), 0.2)
    np.testing.assert_allclose(displayed(np.array([[[-1.0], [0.0], [1.0]]])), [[0, 0.5, 1]])


def test_overlay_by_hand():
    image = np.full((1, 2, 1), 255.0)
    found = overlay(image, np.array([[0.0, 1.0]]), alpha=0.5)
    hot = 255 * (0.5 + 0.5 * np.array(colormaps[HEAT](1.0)[:3]))
    np.testing.assert_array_equal(found[0, 0], [255, 255, 255])
    np.testing.assert_allclose(found[0, 1], hot, atol=1)
    with pytest.raises(ValueError, match="Received alpha=2; expected a share from 0 to 1"):
        overlay(image, np.zeros((1, 2)), alpha=2)
