"""Signals by hand, and the three demonstrations that they are for."""

import keras
import numpy as np
import pytest

from atolye.layers import BatchNormalization
from atolye.models import cnn
from atolye.profile import signal_statistics

X = np.random.default_rng(0).normal(size=(200, 32)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


def test_one_linear_unit_by_hand():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="unit")])
    model.set_weights([np.array([[2.0], [1.0]]), np.array([0.5])])
    x, y = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), np.array([[0.5], [0.5]], np.float32)
    (row,) = signal_statistics(model, x, y, "mse").itertuples()
    # Outputs 2.5 and 1.5; errors 2 and 1; d loss / d output = 2 * error / 2 = 2 and 1, times batch size 2: 4 and 2.
    assert (row.layer, row.type, row.dead_share) == ("unit", "Dense", 0.0)
    assert row.activation_mean == pytest.approx(2.0)
    assert row.activation_variance == pytest.approx(0.25)
    assert row.output_gradient_variance == pytest.approx(1.0)
    assert row.weight_gradient_norm == pytest.approx(np.sqrt(2**2 + 1**2 + 3**2))  # kernel (2, 1), bias 3


def test_dead_units_and_dead_channels_by_hand():
    model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Conv2D(4, 1, activation="relu")])
    model.layers[0].set_weights([np.array([1.0, -1.0, 1.0, 1.0]).reshape(1, 1, 1, 4), np.array([0.0, 0.0, -5.0, -0.5])])
    x = np.zeros((2, 2, 2, 1), np.float32)
    x[1, 0, 1] = 1.0  # one place of one example wakes channels 0 and 3
    frame = signal_statistics(model, x, np.zeros((2, 2, 2, 4)), keras.losses.MeanSquaredError())
    assert frame["dead_share"].tolist() == [0.5]


def deep(activation, initializer, depth=12):
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(64, activation=activation, kernel_initializer=initializer) for _ in range(depth)]
    return keras.Sequential([keras.Input((32,)), *hidden, keras.layers.Dense(1, activation="sigmoid")])


def test_gradients_vanish_through_sigmoids_and_not_through_relus():
    ratio = {}
    for activation in ("sigmoid", "relu"):
        norms = signal_statistics(deep(activation, "he_normal"), X, Y, "binary_crossentropy")["weight_gradient_norm"]
        ratio[activation] = norms[0] / norms[11]
    assert ratio["sigmoid"] < 1e-3
    assert ratio["relu"] > 0.1


def test_he_keeps_the_variance_of_relus_that_glorot_halves():
    variances = {
        name: signal_statistics(deep("relu", name), X, Y, "binary_crossentropy")["activation_variance"]
        for name in ("he_normal", "glorot_normal")
    }
    # After 12 ReLU layers Glorot's variance falls by about 2 ** 11 against the first layer, He's does not.
    assert variances["he_normal"][11] / variances["he_normal"][0] > 0.1
    assert variances["glorot_normal"][11] / variances["glorot_normal"][0] < 0.01


def test_model_is_left_as_it_was():
    model = keras.Sequential(
        [
            keras.Input((32,)),
            keras.layers.Dense(8),
            BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1),
        ]
    )
    before, prediction = [variable.numpy() for variable in model.variables], model.predict(X, verbose=0)
    frame = signal_statistics(model, X, Y, "mse", training=True)
    assert frame["activation_variance"][1] == pytest.approx(1.0, abs=0.05)  # the batch's own statistics were used
    for variable, old in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable, old)
    np.testing.assert_array_equal(model.predict(X, verbose=0), prediction)
    assert all("call" not in layer.__dict__ for layer in model.layers)


def test_every_layer_of_a_cnn_and_shared_layers():
    model = cnn((8, 8, 1), 3, widths=(16,))
    frame = signal_statistics(
        model, np.full((4, 8, 8, 1), 255, np.uint8), np.arange(4) % 3, "sparse_categorical_crossentropy"
    )
    assert frame["layer"].tolist() == [layer.name for layer in model.layers[1:]]
    assert frame.loc[frame["type"] == "Rescaling", "activation_mean"].item() == pytest.approx(1.0)
    assert frame["weight_gradient_norm"].notna().tolist() == [
        len(layer.weights) > 0 and bool(layer.trainable_weights) for layer in model.layers[1:]
    ]
    shared = keras.layers.Dense(4)
    inputs = keras.Input((4,))
    twice = keras.Model(inputs, shared(shared(inputs)))
    assert len(signal_statistics(twice, X[:, :4], X[:, :4], "mse")) == 1


def test_errors():
    with pytest.raises(ValueError, match="Model 'late' must be functional or sequential, built"):
        signal_statistics(keras.Sequential([keras.layers.Dense(1)], name="late"), X, Y, "mse")
    with pytest.raises(ValueError, match="Received no examples"):
        signal_statistics(deep("relu", "he_normal", 1), X[:0], Y[:0], "mse")


def test_other_backends_are_refused(monkeypatch):
    model = deep("relu", "he_normal", 1)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(NotImplementedError, match="needs the TensorFlow backend; received 'jax'"):
        signal_statistics(model, X, Y, "mse")
