"""Integrated gradients add up to the rise of the score, on a network with kinks."""

import keras
import numpy as np
import pytest

from atolye.explain import integrated_gradients
from atolye.models import cnn


def test_completeness_within_one_percent():
    keras.utils.set_random_seed(0)
    model = cnn((12, 12, 3), 4, widths=(6, 8))
    images = np.random.default_rng(0).uniform(0, 255, (3, 12, 12, 3)).astype("float32")
    model.layers[-1].kernel.assign(model.layers[-1].kernel * 20)  # differences that are worth a percentage
    found = integrated_gradients(model, images, baseline=0.0)
    inputs, penultimate = model.input, model.layers[-1].input
    logits = keras.Model(inputs, penultimate)(images) @ model.layers[-1].kernel + model.layers[-1].bias
    black = keras.Model(inputs, penultimate)(images * 0) @ model.layers[-1].kernel + model.layers[-1].bias
    rise = np.take_along_axis(np.asarray(logits - black), found.targets[:, None], 1)[:, 0]
    np.testing.assert_allclose(found.maps.sum((1, 2)), rise, rtol=0.01)
    assert (found.details["incompleteness"] < 0.01).all()


def test_a_linear_score_by_hand_and_its_baselines(flat_net, image):
    model, kernel = flat_net
    for baseline, start in ((None, image.mean((1, 2))), (0.5, 0.5), (image / 2, image[0] / 2)):
        found = integrated_gradients(model, image, target=1, baseline=baseline, steps=2)
        expected = (kernel[..., 1] * (image[0] - start)).sum(-1)
        np.testing.assert_allclose(found.maps[0], expected, rtol=1e-5, atol=1e-6)


def test_refusals(flat_net, image):
    with pytest.raises(ValueError, match="Received steps=0; expected 1 or more"):
        integrated_gradients(flat_net[0], image, steps=0)
    with pytest.raises(ValueError, match=r"pixels of shape \(5,\) to put in place of images of shape \(1, 2, 2, 2\)"):
        integrated_gradients(flat_net[0], image, baseline=np.zeros(5))
