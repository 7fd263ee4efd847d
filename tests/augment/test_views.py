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
    padded = np.pad(IMAGES, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
    whole = (IMAGES[:, 0, 0] + IMAGES[:, 0, -1]) / 4
    moved = [padded[:, y, x] for y, x in ((0, 0), (0, 31), (2, 2), (2, 33))]
    np.testing.assert_allclose(predict_views(corner, IMAGES, views="multi_crop"), whole + sum(moved) / 8, rtol=1e-6)


def test_each_view_is_asked_for_once_and_images_stay():
    asked, before = [], IMAGES.copy()

    def watch(images):
        asked.append(images.shape)
        return corner(images)

    predict_views(watch, IMAGES, views="multi_crop")
    assert asked == [IMAGES.shape] * 6 and np.array_equal(IMAGES, before)


@pytest.mark.parametrize(("views", "times"), [("none", 0), ("flip", 1), ("multi_crop", 5)])
def test_known_answers_are_not_asked_for_again(views, times):
    asked = []
    plain, every = unsure_model([])(IMAGES), predict_views(unsure_model([]), IMAGES, views=views)
    assert np.array_equal(predict_views(unsure_model(asked), IMAGES, views=views, answers=plain), every)
    assert len(asked) == times
    with pytest.raises(ValueError, match=r"^Received 1 answers and \d+ images; expected one answer an image\.$"):
        predict_views(unsure_model([]), IMAGES, views=views, answers=plain[:1])


def unsure_model(asked):
    """Sure of images that are bright in the corner; remembers how many it was asked for."""

    def predict(images):
        asked.append(len(images))
        bright = 0.5 + images[:, 0, 0] / 2
        return np.concatenate([bright, 1 - bright], axis=1)

    return predict


@pytest.mark.parametrize(("views", "times"), [("flip", 1), ("multi_crop", 5)])
def test_only_the_least_confident_share_gets_further_views(views, times):
    images = np.random.default_rng(1).random((10, 16, 16, 1)).astype("float32")
    every, asked = predict_views(unsure_model([]), images, views=views), []
    answers = predict_views(unsure_model(asked), images, views=views, share=0.3)
    plain = unsure_model([])(images)
    unsure = np.argsort(images[:, 0, 0, 0])[:3]
    expected = plain.copy()
    expected[unsure] = every[unsure]
    np.testing.assert_array_equal(answers, expected)
    assert asked == [10] + [3] * times and not np.array_equal(plain[unsure], every[unsure])
    assert np.array_equal(predict_views(unsure_model([]), images, views=views, share=0), plain)
    assert np.array_equal(predict_views(unsure_model([]), images, views=views, share=1), every)


def test_one_column_is_least_sure_at_a_half():
    images = np.array([0.1, 0.45, 0.9, 0.56], "float32").reshape(4, 1, 1, 1) * np.array([1, 0], "float32").reshape(2, 1)
    answers = predict_views(corner, images, share=0.5)
    np.testing.assert_allclose(answers[:, 0], [0.1, 0.225, 0.9, 0.28])


def test_a_share_needs_probabilities():
    with pytest.raises(ValueError, match="^Received share=1.5; expected a share of the images from 0 to 1"):
        predict_views(corner, IMAGES, share=1.5)
    with pytest.raises(ValueError, match=r"^Received answers of shape \(3, 1\) for a share below 1; .* Take share=1"):
        predict_views(lambda images: 5 * corner(images), IMAGES, share=0.5)


def test_wrong_words_and_shapes():
    with pytest.raises(
        ValueError, match="^Received views='flips'; expected one of 'none', 'flip', 'multi_crop'. Did you"
    ):
        predict_views(corner, IMAGES, views="flips")
    with pytest.raises(ValueError, match="^predict_views received images of shape"):
        predict_views(corner, IMAGES[0])
