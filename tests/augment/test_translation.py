import numpy as np
import pytest

from atolye.augment import Translation

IMAGES = np.arange(16, dtype="uint8").reshape(1, 4, 4, 1)


def moved(draws):
    return Translation(0.5).on_arrays(IMAGES, None, np.array([[0, *draws]], "float32"), 0)[0][0, ..., 0]


def test_by_hand():
    assert np.array_equal(moved([0.5, 0.5]), IMAGES[0, ..., 0])
    assert moved([1, 0.5])[0].tolist() == [1, 0, 0, 1]  # two pixels to the right, the border mirrored
    assert moved([0.5, 0])[:, 0].tolist() == [8, 12, 12, 8]  # two pixels up
    assert moved([0.625, 0.5])[1].tolist() == [4, 4, 6, 6]  # half a pixel: 4, 4.5, 5.5, 6.5, rounded to even


def test_factor():
    with pytest.raises(ValueError, match="^Received factor=0; expected a number above 0, at most 1. 0.1 is a mild one"):
        Translation(0)
