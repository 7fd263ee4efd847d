import numpy as np
import pytest

from atolye.augment import Brightness


def test_one_number_for_all_pixels_cut_off_at_the_range():
    images = np.array([0, 100, 250], "uint8").reshape(1, 1, 3, 1)
    draws = np.array([[0, 0.75]], "float32")  # half of the largest change upwards
    assert Brightness(0.2, value_range=(0, 255)).on_arrays(images, None, draws, 0)[0].ravel().tolist() == [26, 126, 255]
    unit = Brightness(0.2, value_range=(0, 1)).on_arrays(images / np.float32(255), None, draws, 0)[0]
    np.testing.assert_allclose(unit.ravel(), [0.1, 100 / 255 + 0.1, 1], rtol=1e-6)


@pytest.mark.parametrize("factor", [0, 2])
def test_factor(factor):
    with pytest.raises(ValueError, match=r"; expected a number above 0, at most 1\. 0\.2 is a mild one\.$"):
        Brightness(factor, value_range=(0, 255))


def test_the_range_is_asked_for_never_guessed():
    with pytest.raises(TypeError, match="value_range"):
        Brightness(0.2)
