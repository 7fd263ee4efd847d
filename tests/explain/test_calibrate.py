"""An overconfident network, mended by one number that travels in its file."""

import keras
import numpy as np
import pytest

from atolye.explain import calibrate, grad_cam

L = keras.layers
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(600, 4, 4, 2)).astype("float32")


def network(units, last):
    keras.utils.set_random_seed(0)
    layers = [L.Conv2D(4, 3, name="conv"), L.GlobalAveragePooling2D(), L.Dense(units, last, name="head")]
    return keras.Sequential([keras.Input((4, 4, 2)), *layers])


@pytest.mark.parametrize(("units", "last"), [(3, "softmax"), (1, "sigmoid")])
def test_log_loss_falls_accuracy_stays_and_the_file_carries_it(tmp_path, units, last):
    model = network(units, last)
    said = np.asarray(model(X))
    said = np.concatenate([1 - said, said], axis=1) if units == 1 else said
    targets = (RANDOM.random((600, 1)) > said.cumsum(axis=1)).sum(axis=1).clip(0, said.shape[1] - 1)
    model.get_layer("head").set_weights([4 * weight for weight in model.get_layer("head").get_weights()])
    before = [weight.copy() for weight in model.get_weights()]
    found = calibrate(model, X, targets)
    assert found.temperature == pytest.approx(4, rel=0.35)
    assert found.after["log_loss"] < found.before["log_loss"] and found.after["brier"] < found.before["brier"]
    assert found.after["accuracy"] == found.before["accuracy"]
    assert found.after["ece"] < found.before["ece"]
    for kept, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, now)
    found.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(X[:5]), found.model(X[:5]))
    # Explanations look before the softmax still, so they are the uncalibrated model's.
    np.testing.assert_allclose(grad_cam(loaded, X[:2]).maps, grad_cam(model, X[:2]).maps, rtol=1e-5, atol=1e-6)


def test_a_subclassed_model_and_refusals():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = L.Dense(3, "softmax")

        def call(self, inputs):
            return self.dense(keras.ops.reshape(inputs, (-1, 32)))

    model = Subclassed()
    model(X[:1])
    found = calibrate(model, X[:50], np.arange(50) % 3)
    assert found.model(X[:2]).shape == (2, 3)
    inputs = keras.Input((2,))
    several = keras.Model(inputs, [L.Dense(2)(inputs), L.Dense(2)(inputs)], name="two")
    with pytest.raises(ValueError, match="Model 'two' has 2 outputs; expected one"):
        calibrate(several, X, [0])
    with pytest.raises(ValueError, match="apply softmax or sigmoid to logits first"):
        calibrate(network(3, None), X[:20] * 100, np.arange(20) % 3)
