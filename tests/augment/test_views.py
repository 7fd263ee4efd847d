import numpy as np
import pytest

from atolye.augment import predict_views

IMAGES = np.random.default_rng(0).random((3, 32, 32, 1)).astype("float32")


def corner(images):
    return images[:, 0, 0]


def test_flip_is_the_mean_of_two_and_none_is_the_answer_itself():
    np.testing.assert_allclose(predict_views(corner, IMAGES), (IMAGES[:, 0, 0] + IMAGES[:, 0, -1]) / 2)
    assert np.array_equal(predict_views(corner, IMAGES, views="none"), IMAGES[:, 0, 0])


def test_six_views_by_hand():
    padded = np.pad(IMAGES, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="symmetric")
    whole = (IMAGES[:, 0, 0] + IMAGES[:, 0, -1]) / 4
    moved = [padded[:, y, x] for y, x in ((0, 0), (0, 31), (4, 4), (4, 35))]
    np.testing.assert_allclose(predict_views(corner, IMAGES, views="multi_crop"), whole + sum(moved) / 8, rtol=1e-6)


def test_each_view_is_asked_for_once_and_images_stay():
    asked, before = [], IMAGES.copy()

    def watch(images):
        asked.append(images.shape)
        return corner(images)

    predict_views(watch, IMAGES, views="multi_crop")
    assert asked == [IMAGES.shape] * 6 and np.array_equal(IMAGES, before)


def test_wrong_words_and_shapes():
    with pytest.raises(
        ValueError, match="^Received views='flips'; expected one of 'none', 'flip', 'multi_crop'. Did you"
    ):
        predict_views(corner, IMAGES, views="flips")
    with pytest.raises(ValueError, match="^predict_views received images of shape"):
        predict_views(corner, IMAGES[0])
