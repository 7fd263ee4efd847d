"""Layers that are computed from the training images."""

import numpy as np

from atolye.layers.whitening import whitening_weights
from atolye.models import cnn, whitened_cnn
from atolye.train import adapt_layers as module
from atolye.train.adapt_layers import adapt_layers

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 12, 12, 3), dtype="uint8")


def test_whitening_sees_images_from_all_over(monkeypatch):
    monkeypatch.setattr(module, "NUM_IMAGES", 15)
    model = whitened_cnn((12, 12, 3), 2, widths=(8,))
    adapt_layers(model, IMAGES)
    kernel, bias = whitening_weights(IMAGES[::3])
    np.testing.assert_array_equal(model.get_layer("whitening").kernel, kernel)
    np.testing.assert_array_equal(model.get_layer("whitening").bias, bias)


def test_other_models_stay_as_they_are():
    model = cnn((12, 12, 3), 2, widths=(8,))
    before = model.get_weights()
    adapt_layers(model, IMAGES)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
