"""Eigen-CAM against NumPy's singular value decomposition, from both Gram matrices, upright."""

import keras
import numpy as np
import pytest

from atolye.explain import eigen_cam

L = keras.layers


@pytest.mark.parametrize("size", [3, 8])  # 9 places, fewer than 20 channels; 64 places, more
def test_against_the_whole_decomposition(size):
    keras.utils.set_random_seed(0)
    conv = L.Conv2D(20, 3, padding="same", name="conv")
    model = keras.Sequential([keras.Input((size, size, 2)), conv, L.GlobalMaxPooling2D(), L.Dense(2, "softmax")])
    images = np.random.default_rng(0).normal(size=(3, size, size, 2)).astype("float32")
    found = eigen_cam(model, images)
    for values, got in zip(np.asarray(conv(images)), found.maps, strict=True):
        places = values.reshape(-1, 20)
        expected = (places @ np.linalg.svd(places)[2][0]).reshape(size, size)
        expected = expected if expected.max() >= -expected.min() else -expected
        np.testing.assert_allclose(got, expected, atol=2e-4 * np.abs(expected).max())
    assert (found.maps.max((1, 2)) >= -found.maps.min((1, 2))).all()


def test_the_class_makes_no_difference(hand_net, image):
    first, second = (eigen_cam(hand_net, image, target=target).maps for target in (0, 1))
    np.testing.assert_allclose(first, second, rtol=1e-6)
