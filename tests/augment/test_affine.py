import numpy as np
import pytest

from atolye.augment.affine import warp

IMAGE = np.arange(12, dtype="float32").reshape(1, 3, 4, 1)


def moved(a, b, c, d, e, f, image=IMAGE):
    return warp(image, np.array([[a, b, c, d, e, f]], "float32"))[0, ..., 0]


def test_places_between_pixels_and_beyond_the_border():
    assert moved(1, 0, 0, 0, 1, 0).tolist() == IMAGE[0, ..., 0].tolist()
    assert moved(1, 0, 0.25, 0, 1, 0)[0].tolist() == [0.25, 1.25, 2.25, 3]  # the last one mirrors itself
    assert moved(1, 0, -2, 0, 1, 0)[0].tolist() == [1, 0, 0, 1]
    assert moved(1, 0, 2, 0, 1, 0)[0].tolist() == [2, 3, 3, 2]
    assert moved(1, 0, 0, 0, 1, 0.5)[:, 0].tolist() == [2, 6, 8]


def test_bytes_are_rounded_not_cut_off():
    image = np.array([[[[10], [11]]]], "uint8")
    assert moved(1, 0, 0.75, 0, 1, 0, image)[0].tolist() == [11, 11]


@pytest.mark.parametrize("count", [1, 32, 33, 70])
def test_every_image_has_its_own_matrix(count):
    images = np.random.default_rng(0).integers(0, 256, (count, 5, 6, 3), dtype="uint8")
    steps = np.arange(count) % 3
    matrices = np.array([[1, 0, step, 0, 1, 0] for step in steps], "float32")
    changed = warp(images, matrices)
    for before, after, step in zip(images, changed, steps, strict=True):
        assert np.array_equal(after[:, : 6 - step], before[:, step:])
