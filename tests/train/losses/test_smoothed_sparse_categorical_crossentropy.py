"""Smoothed cross-entropy against hand arithmetic and against Keras's own on one-hot labels."""

import keras
import numpy as np
import pytest
from keras import ops

from atolye.train.losses import SmoothedSparseCategoricalCrossentropy

LABELS = np.array([0, 2, 1, 1])
LOGITS = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


def test_hand_arithmetic():
    loss = SmoothedSparseCategoricalCrossentropy(0.3, reduction="none")
    received = np.asarray(loss([1], [[0.7, 0.2, 0.1]]))
    assert received == pytest.approx([-0.1 * np.log(0.7) - 0.8 * np.log(0.2) - 0.1 * np.log(0.1)], rel=1e-5)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_equals_keras_on_one_hot_labels(from_logits, smoothing):
    predictions = LOGITS if from_logits else np.asarray(ops.softmax(LOGITS))
    ours = SmoothedSparseCategoricalCrossentropy(smoothing, from_logits=from_logits)
    theirs = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing, from_logits=from_logits)
    expected = float(theirs(np.eye(3, dtype="float32")[LABELS], predictions))
    assert float(ours(LABELS, predictions)) == pytest.approx(expected, rel=1e-5)
    weights = np.array([1.0, 0.0, 2.0, 3.0], "float32")
    expected = float(theirs(np.eye(3, dtype="float32")[LABELS], predictions, weights))
    assert float(ours(LABELS[:, None], predictions, weights)) == pytest.approx(expected, rel=1e-5)


def test_labels_of_pictures():
    """One label for each pixel, as in segmentation."""
    logits = np.random.default_rng(1).normal(size=(2, 4, 4, 3)).astype("float32")
    labels = np.random.default_rng(2).integers(0, 3, size=(2, 4, 4))
    ours = SmoothedSparseCategoricalCrossentropy(0.0, from_logits=True)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(ours(labels, logits)) == pytest.approx(float(theirs(labels, logits)), rel=1e-5)


def test_saves_inside_a_bfloat16_model(tmp_path):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(3, dtype="mixed_bfloat16")
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile("sgd", SmoothedSparseCategoricalCrossentropy(0.2, from_logits=True))
    assert np.isfinite(model.train_on_batch(LOGITS, LABELS))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.loss.get_config() == model.loss.get_config()
    assert again.evaluate(LOGITS, LABELS, verbose=0) == model.evaluate(LOGITS, LABELS, verbose=0)


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_refuses(smoothing):
    with pytest.raises(ValueError, match=f"Received label_smoothing={smoothing}; expected 0 <= smoothing < 1"):
        SmoothedSparseCategoricalCrossentropy(smoothing)
