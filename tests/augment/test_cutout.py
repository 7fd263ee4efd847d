import numpy as np
import pytest

from atolye.augment import Cutout


def test_a_square_of_the_middle_grey():
    images = np.zeros((500, 8, 8, 3), "uint8")
    covered = Cutout(0.5, value_range=(0, 255)).augment(images, generator=np.random.default_rng(0))
    assert set(np.unique(covered)) == {0, 128}
    areas = (covered[..., 0] == 128).sum(axis=(1, 2))
    assert areas.max() == 16 and areas.min() == 4  # the centre in a corner leaves a quarter
    unit = Cutout(0.5, value_range=(-1, 1)).augment(images.astype("float32") + 1, generator=np.random.default_rng(0))
    assert set(np.unique(unit)) == {0, 1}


@pytest.mark.parametrize("size", [0, 1.5])
def test_size(size):
    with pytest.raises(ValueError, match="; expected a number above 0, at most 1. 0.5 covers a quarter of the image.$"):
        Cutout(size, value_range=(0, 255))
