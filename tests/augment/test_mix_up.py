import numpy as np
import pytest

from atolye.augment import MixUp


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_pixels_and_labels_are_mixed_in_the_same_shares(dtype):
    labels = np.arange(50) % 2
    images = np.broadcast_to((labels * 255)[:, None, None, None], (50, 3, 3, 3)).astype(dtype)
    mixed, soft = MixUp(2, alpha=1.0).augment(images, labels, generator=np.random.default_rng(0))
    assert mixed.dtype == dtype
    # White is class 1: the grey of a blend is the share of class 1.
    np.testing.assert_allclose(mixed[:, 0, 0, 0] / 255, soft[:, 1], atol=0.5 / 255 + 1e-6)
    assert 0.1 < soft[:, 1].std() < 0.4


def test_each_is_mixed_with_the_one_before():
    images = np.array([0, 100, 200], "uint8").reshape(3, 1, 1, 1)
    technique = MixUp(3, alpha=1.0)
    draws = np.array([[0, 0.5], [0, 0.25], [0, 0.75]], "float32")
    mixed, soft = technique.on_arrays(images, np.arange(3), draws, 0)
    assert mixed.ravel().tolist() == [100, 25, 175]
    assert soft.tolist() == [[0.5, 0, 0.5], [0.75, 0.25, 0], [0, 0.25, 0.75]]


def test_probability_leaves_the_others_and_their_labels_alone():
    images = np.random.default_rng(0).integers(0, 256, (200, 2, 2, 1), dtype="uint8")
    mixed, soft = MixUp(4, alpha=1.0, probability=0.3).augment(
        images, np.arange(200) % 4, generator=np.random.default_rng(0)
    )
    alone = soft.max(axis=1) == 1
    assert 0.6 < alone.mean() < 0.8
    assert np.array_equal(mixed[alone], images[alone])
