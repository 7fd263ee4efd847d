import numpy as np
import pytest

from atolye.augment import checks


@pytest.mark.parametrize("value_range", [(255, 0), (0,), (1, 1), (0, 1, 2)])
def test_value_range(value_range):
    with pytest.raises(
        ValueError, match=r"; expected the lowest and the highest value of a pixel\. Pass dataset\.value"
    ):
        checks.check_value_range(value_range)
    assert checks.check_value_range([0, 255]) == (0.0, 255.0)


@pytest.mark.parametrize("alpha", [0, -1, float("inf"), float("nan")])
def test_alpha(alpha):
    with pytest.raises(ValueError, match=r"^Received alpha=.*; expected a number above 0\. 0\.2 mixes little"):
        checks.check_alpha(alpha)


def test_share():
    assert checks.check_share("factor", 1, fix="") == 1.0
    with pytest.raises(ValueError, match=r"^Received factor=0; expected a number above 0, at most 1\. Less\.$"):
        checks.check_share("factor", 0, fix="Less.")


def test_images_come_as_a_batch():
    checks.check_images(np.zeros((1, 2, 2, 3)), name="Flip")
    with pytest.raises(ValueError, match=r"^Flip received images of shape \(2, 2, 3\); expected a batch"):
        checks.check_images(np.zeros((2, 2, 3)), name="Flip")
