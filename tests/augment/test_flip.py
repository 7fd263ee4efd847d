import numpy as np
import pytest

from atolye.augment import Flip
from atolye.augment.flip import mirrored

IMAGES = np.arange(24, dtype="uint8").reshape(2, 2, 2, 3)
ALWAYS = {"generator": np.random.default_rng(0)}


def test_both_directions_by_hand():
    across = Flip(probability=1.0).augment(IMAGES, **ALWAYS)
    assert across[0, 0].tolist() == [[3, 4, 5], [0, 1, 2]]
    down = Flip("vertical", probability=1.0).augment(IMAGES, **ALWAYS)
    assert down[0, 0].tolist() == IMAGES[0, 1].tolist()


def test_mirrored_twice_is_the_image():
    assert np.array_equal(mirrored(mirrored(IMAGES)), IMAGES)


def test_direction():
    with pytest.raises(ValueError, match="^Received direction='both'; expected 'horizontal' or 'vertical'.$"):
        Flip("both")
