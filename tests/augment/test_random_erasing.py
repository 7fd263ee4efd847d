import numpy as np
import pytest

from atolye.augment import RandomErasing


def test_rectangles_of_the_asked_area_wholly_inside():
    images = np.zeros((500, 20, 20, 1), "uint8")
    technique = RandomErasing((0.1, 0.3), ratio=(0.5, 2), value_range=(50, 255), probability=1.0)
    covered = technique.augment(images, generator=np.random.default_rng(0))
    for image in covered[..., 0]:
        rows, columns = np.nonzero(image.any(axis=1))[0], np.nonzero(image.any(axis=0))[0]
        box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert (box == box[0, 0]).all() and box[0, 0] >= 50
        assert 0.07 * 400 <= box.size <= 0.35 * 400 and 0.4 <= box.shape[0] / box.shape[1] <= 2.5
    greys = covered.max(axis=(1, 2, 3))
    assert greys.min() < 70 and greys.max() > 235


@pytest.mark.parametrize("arguments", [{"area": (0.3, 0.1)}, {"area": (0, 2)}, {"ratio": (0, 1)}, {"ratio": (1,)}])
def test_wrong_numbers(arguments):
    with pytest.raises(ValueError, match="expected two (shares|numbers)"):
        RandomErasing(value_range=(0, 255), **arguments)
