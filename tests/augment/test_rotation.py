import numpy as np
import pytest

from atolye.augment import Rotation

IMAGES = np.random.default_rng(0).integers(0, 256, (1, 7, 7, 3), dtype="uint8")


def turned(degrees, draw):
    return Rotation(degrees).on_arrays(IMAGES, None, np.array([[0, draw]], "float32"), 0)[0]


def test_right_angles_are_exact():
    assert np.array_equal(turned(180, 0.75), np.rot90(IMAGES, axes=(1, 2)))  # 90 degrees, anticlockwise
    assert np.array_equal(turned(180, 0.25), np.rot90(IMAGES, axes=(2, 1)))
    assert np.array_equal(turned(180, 0.0), IMAGES[:, ::-1, ::-1])
    assert np.array_equal(turned(180, 0.5), IMAGES)


@pytest.mark.parametrize("degrees", [0, -5, 181])
def test_degrees(degrees):
    with pytest.raises(ValueError, match=r"expected a number above 0, at most 180. 15 is a mild one.$"):
        Rotation(degrees)
