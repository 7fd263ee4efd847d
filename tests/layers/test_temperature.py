"""Temperature divides the logits, keeps the order, and travels in a saved model."""

import keras
import numpy as np
import pytest

from atolye.layers import Temperature

LOGITS = np.random.default_rng(0).normal(0, 4, (5, 3)).astype("float32")


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_it_equals_logits_divided(temperature):
    layer = Temperature(temperature)
    np.testing.assert_allclose(
        layer(keras.ops.softmax(LOGITS)), keras.ops.softmax(LOGITS / temperature), rtol=1e-4, atol=1e-7
    )
    unit = LOGITS[:, :1]
    expected = keras.ops.sigmoid(unit / temperature)
    np.testing.assert_allclose(layer(keras.ops.sigmoid(unit)), expected, rtol=1e-3, atol=1e-6)


def test_certainty_stays_finite_and_first():
    found = np.asarray(Temperature(2.0)(np.array([[1.0, 0.0, 0.0]], "float32")))
    assert np.isfinite(found).all() and found.argmax() == 0
    found = np.asarray(Temperature(2.0)(np.array([[1.0], [0.0]], "float32")))
    assert np.isfinite(found).all() and found[0, 0] > 0.99 and found[1, 0] < 0.01


def test_it_travels_in_a_file(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Softmax(), Temperature(1.7, name="temperature")])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_layer("temperature").temperature == 1.7
    np.testing.assert_array_equal(loaded(LOGITS), model(LOGITS))


@pytest.mark.parametrize("wrong", [0, -1.0, float("inf"), float("nan")])
def test_refusals(wrong):
    with pytest.raises(ValueError, match="Received temperature=.*; expected a number above 0"):
        Temperature(wrong)
