"""Deletion and insertion where the right answer is known: one pixel that makes the score."""

import keras
import numpy as np
import pytest

from atolye.explain import gradient_x_input
from atolye.explain.explanation import make_explanation
from atolye.explain.quality import deletion, insertion

L = keras.layers
IMAGES = np.ones((2, 4, 4, 1), "float32")


@pytest.fixture(scope="module")
def model():
    """Two classes of which the first is certain while the pixel (1, 2) is 1, and the second while it is 0."""
    kernel = np.zeros((4, 4, 1, 2))
    kernel[1, 2, 0, 0] = 80
    dense = L.Dense(2, "softmax")
    model = keras.Sequential([keras.Input((4, 4, 1)), L.Flatten(), dense])
    dense.set_weights([kernel.reshape(16, 2), np.array([-40.0, 0])])
    return model


def explanation(maps):
    return make_explanation("by hand", IMAGES, maps, np.array([0, 0]), np.array([1.0, 1.0]))


def test_the_right_pixel_first_is_the_best_there_is(model):
    best, worst = np.zeros((2, 4, 4)), np.ones((2, 4, 4))
    best[:, 1, 2], worst[:, 1, 2] = 1, 0
    for function, limits in ((deletion, (1 / 32, 31 / 32)), (insertion, (31 / 32, 1 / 32))):
        # Steps of one pixel: only the first (or last) interval is a slope.
        values = [function(model, explanation(maps), steps=16, fill=0).values for maps in (best, worst)]
        np.testing.assert_allclose(values, [[limits[0]] * 2, [limits[1]] * 2], atol=1e-6)


def test_curves_and_the_random_map(model):
    found = deletion(model, gradient_x_input(model, IMAGES), steps=4, fill=0)
    np.testing.assert_allclose(found.curves, [[1, 0, 0, 0, 0]] * 2, atol=1e-6)
    assert found.random_curves.shape == (2, 5) and (found.values < found.random).all()
    assert not found.higher_is_better
    again = deletion(model, gradient_x_input(model, IMAGES), steps=4, fill=0)
    np.testing.assert_array_equal(found.random, again.random)


def test_insertion_starts_from_the_blurred_image(model):
    images = np.zeros((1, 4, 4, 1), "float32")
    images[0, 1, 2] = 1
    found = insertion(model, gradient_x_input(model, images, target=0), steps=1)
    assert found.curves.shape == (1, 2) and found.higher_is_better
    assert 0 < found.curves[0, 0] <= found.curves[0, 1]


def test_refusals(model):
    with pytest.raises(ValueError, match="Received steps=0; expected 1 or more"):
        deletion(model, explanation(np.zeros((2, 4, 4))), steps=0)
    own = gradient_x_input(model, IMAGES, target=lambda units: units[:, 0])
    with pytest.raises(ValueError, match="Received an explanation of a score of your own"):
        insertion(model, own)
