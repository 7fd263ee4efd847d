"""Focal loss against hand arithmetic and against Keras's own on one-hot labels."""

import keras
import numpy as np
import pytest
from keras import ops

from atolye.train.losses import SparseCategoricalFocalCrossentropy

LABELS = np.array([0, 2, 1, 1])
LOGITS = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


def test_hand_arithmetic():
    loss = SparseCategoricalFocalCrossentropy(alpha=0.5, gamma=2.0, reduction="none")
    received = np.asarray(loss([0, 1], [[0.9, 0.1], [0.8, 0.2]]))
    assert received == pytest.approx([0.5 * 0.01 * -np.log(0.9), 0.5 * 0.64 * -np.log(0.2)], rel=1e-5)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("alpha", [0.25, [0.2, 0.3, 0.5]])
def test_equals_keras_on_one_hot_labels(from_logits, alpha):
    predictions = LOGITS if from_logits else np.asarray(ops.softmax(LOGITS))
    ours = SparseCategoricalFocalCrossentropy(alpha, 1.5, from_logits=from_logits)
    theirs = keras.losses.CategoricalFocalCrossentropy(alpha, 1.5, from_logits=from_logits)
    expected = float(theirs(np.eye(3, dtype="float32")[LABELS], predictions))
    assert float(ours(LABELS, predictions)) == pytest.approx(expected, rel=1e-5)
    assert float(ours(LABELS[:, None], predictions)) == pytest.approx(expected, rel=1e-5)


def test_gamma_zero_is_the_cross_entropy():
    ours = SparseCategoricalFocalCrossentropy(1.0, 0.0, from_logits=True)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(ours(LABELS, LOGITS)) == pytest.approx(float(theirs(LABELS, LOGITS)), rel=1e-5)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_gradient_stays_finite_for_a_certain_model(gamma):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    model.compile(keras.optimizers.SGD(1.0), SparseCategoricalFocalCrossentropy(gamma=gamma, from_logits=True))
    model.set_weights([np.array([[200.0, -200.0]], "float32"), np.zeros(2, "float32")])
    model.train_on_batch(np.ones((2, 1), "float32"), np.array([0, 1]))
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_saves_inside_a_bfloat16_model(tmp_path):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(3, activation="softmax", dtype="mixed_bfloat16")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile("sgd", SparseCategoricalFocalCrossentropy([0.2, 0.3, 0.5], 1.5))
    assert np.isfinite(model.train_on_batch(LOGITS, LABELS))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.loss.get_config() == model.loss.get_config()
    assert again.evaluate(LOGITS, LABELS, verbose=0) == model.evaluate(LOGITS, LABELS, verbose=0)


@pytest.mark.parametrize(
    ("options", "text"),
    [({"alpha": -1.0}, "Received alpha=-1.0"), ({"gamma": -1.0}, "Received gamma=-1.0; expected 0 or more")],
)
def test_refuses(options, text):
    with pytest.raises(ValueError, match=text):
        SparseCategoricalFocalCrossentropy(**options)


def test_refuses_too_few_weights():
    with pytest.raises(ValueError, match="Received 2 weights in alpha for 3 classes"):
        SparseCategoricalFocalCrossentropy([0.5, 0.5], from_logits=True)(LABELS, LOGITS)
