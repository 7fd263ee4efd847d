"""Two networks set by hand, whose maps follow with pen and paper, and one small real one."""

import keras
import numpy as np
import pytest

L = keras.layers

# Two channels of 2 x 2 places.
IMAGE = np.array([[[1.0, 0.0], [2.0, 1.0]], [[3.0, 0.0], [0.0, 4.0]]], "float32")
WEIGHTS = np.array([[1.0, -1.0, 1.0], [2.0, -3.0, -2.0]], "float32")  # channels x classes


@pytest.fixture
def hand_net():
    """The image's own channels, averaged, times WEIGHTS: dy_c/dA_k = WEIGHTS[k, c] / 4 everywhere."""
    conv = L.Conv2D(2, 1, use_bias=False, name="maps")
    dense = L.Dense(3, "softmax", use_bias=False)
    model = keras.Sequential([keras.Input((2, 2, 2)), conv, L.GlobalAveragePooling2D(), dense], name="hand_net")
    conv.set_weights([np.eye(2).reshape(1, 1, 2, 2)])
    dense.set_weights([WEIGHTS])
    return model


@pytest.fixture
def image():
    return IMAGE[None]


@pytest.fixture
def flat_net():
    """A Flatten head, whose slope differs from place to place; returns the model and its kernel as (2, 2, 2, 3)."""
    keras.utils.set_random_seed(3)
    conv, dense = L.Conv2D(2, 1, use_bias=False, name="maps"), L.Dense(3, "softmax", use_bias=False)
    model = keras.Sequential([keras.Input((2, 2, 2)), conv, L.Flatten(), dense])
    conv.set_weights([np.eye(2).reshape(1, 1, 2, 2)])
    return model, np.asarray(dense.kernel).reshape(2, 2, 2, 3)
