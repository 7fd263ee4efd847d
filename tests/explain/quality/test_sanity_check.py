"""A method that follows the weights passes, one that looks at the image alone does not; the weights come back."""

import keras
import numpy as np
import pytest

from atolye.explain import explain_images
from atolye.explain.quality import sanity_check
from atolye.explain.quality.sanity_check import _groups

L = keras.layers
X = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), L.Conv2D(6, 3, activation="relu", name="one"), L.Conv2D(6, 3, name="two")], name="body"
    )
    return keras.Sequential(
        [keras.Input((8, 8, 3)), inner, L.Flatten(), L.Dense(5, "softmax", name="head")], name="net"
    )


def test_maps_fall_apart_and_the_weights_come_back(model):
    before, maps = model.get_weights(), explain_images(model, X, method="hires_cam").maps
    found = sanity_check(model, X, method="hires_cam", stages=3)
    assert found.layers == ("head", "body/two", "body/one")
    assert found.similarity.shape == (3, 4) and found.passed
    assert np.abs(found.random).mean() < 0.3
    for kept, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)
    np.testing.assert_allclose(explain_images(model, X, method="hires_cam").maps, maps, rtol=1e-4, atol=1e-6)
    assert "hires_cam: head" in str(found) and str(found).endswith("passed")


def test_a_map_that_does_not_depend_on_the_weights_does_not_pass(model):
    # The slope of the mean of all units by the image, for a head whose units are all alike.
    model.get_layer("head").kernel.assign(np.zeros((96, 5)))
    model.get_layer("body").get_layer("one").set_weights([np.ones((3, 3, 3, 6)), np.zeros(6)])
    model.get_layer("body").get_layer("two").set_weights([np.ones((3, 3, 6, 6)), np.zeros(6)])
    found = sanity_check(model, X, method="eigen_cam", stages=1)
    assert not found.passed and "NOT passed" in str(found)
    np.testing.assert_allclose(found.similarity, 1, atol=1e-6)


def test_layers_in_groups_from_the_last(model):
    assert [[path for path, _ in group] for group in _groups(model, X, 2)] == [["head"], ["body/two", "body/one"]]
    assert len(_groups(model, X, 10)) == 3


def test_refusals(model):
    with pytest.raises(ValueError, match="Received stages=0; expected 1 or more"):
        sanity_check(model, X, stages=0)
    empty = keras.Sequential([keras.Input((8, 8, 3)), L.Flatten()], name="empty")
    with pytest.raises(ValueError, match="Model 'empty' has no weights to shuffle"):
        sanity_check(empty, X, method="gradient_x_input", target=0)
