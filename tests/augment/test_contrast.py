import numpy as np
import pytest

from atolye.augment import Contrast


def changed(factor, draw, images):
    technique = Contrast(factor, value_range=(0, 255))
    return technique.on_arrays(images, None, np.array([[0, draw]], "float32"), 0)[0]


def test_distances_from_the_mean_are_scaled():
    images = np.array([80, 100, 120], "uint8").reshape(1, 1, 3, 1)
    assert changed(0.5, 0.0, images).ravel().tolist() == [90, 100, 110]
    assert changed(0.5, 1.0, images).ravel().tolist() == [70, 100, 130]
    assert changed(1.0, 0.0, images).ravel().tolist() == [100, 100, 100]


def test_colours_keep_their_order():
    red = np.full((1, 4, 4, 3), [200, 50, 50], "uint8")
    pale = changed(0.5, 0.0, red)[0, 0, 0]
    assert pale.tolist() == [150, 75, 75]  # Keras's layer, with a mean for each channel, changes nothing here


def test_factor():
    with pytest.raises(ValueError, match="^Received factor=-1; expected a number above 0, at most 1"):
        Contrast(-1, value_range=(0, 255))
