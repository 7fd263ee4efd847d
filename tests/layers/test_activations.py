"""Each activation and its derivative: hand values, automatic differentiation, round trips."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.mathtext import MathTextParser

from atolye.layers import ACTIVATIONS, activation_layer, activation_table, arctan, binary_step

# name: (f(-1), f'(-1), f(2), f'(2)), by hand
BY_HAND = {
    "identity": (-1, 1, 2, 1),
    "binary_step": (0, 0, 1, 0),
    "sigmoid": (0.26894142, 0.19661193, 0.88079708, 0.10499359),
    "tanh": (-0.76159416, 0.41997434, 0.96402758, 0.07065082),
    "arctan": (-0.78539816, 0.5, 1.10714872, 0.2),
    "relu": (0, 0, 2, 1),
    "leaky_relu": (-0.01, 0.01, 2, 1),
    "prelu": (-0.25, 0.25, 2, 1),
    "elu": (-0.63212056, 0.36787944, 2, 1),
    "selu": (-1.11133074, 0.64676775, 2.10140197, 1.05070099),
    "softplus": (0.31326169, 0.26894142, 2.12692801, 0.88079708),
}


def test_table_has_every_activation_of_the_slides():
    assert {*BY_HAND, "softmax"} == set(ACTIVATIONS)
    assert activation_table()["name"].tolist() == list(ACTIVATIONS)


@pytest.mark.parametrize("name", BY_HAND)
def test_values_by_hand(name):
    activation, x = ACTIVATIONS[name], keras.ops.array([-1.0, 2.0])
    numbers = np.stack([activation.function(x), activation.derivative(x)], axis=-1)
    np.testing.assert_allclose(numbers.ravel(), BY_HAND[name], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", BY_HAND)
def test_derivative_equals_automatic_differentiation(name):
    x = tf.constant(np.linspace(-4.0, 4.0, 80), tf.float32)  # without zero, where some have a corner
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ACTIVATIONS[name].function(x)
    slope = tape.gradient(y, x, unconnected_gradients="zero")
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(x), slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "slope"), [("relu", 0.0), ("leaky_relu", 0.01), ("prelu", 0.25), ("elu", 1.0), ("selu", 1.75809934)]
)
def test_at_the_corner_the_slope_from_the_left_is_given(name, slope):
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(keras.ops.zeros(1)), [slope], rtol=1e-6)


def test_softmax_jacobian_equals_automatic_differentiation():
    x = tf.constant([[0.5, -1.0, 2.0], [0.0, 0.0, 0.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = ACTIVATIONS["softmax"].function(x)
    jacobian = ACTIVATIONS["softmax"].derivative(x)
    np.testing.assert_allclose(jacobian, tape.batch_jacobian(y, x), atol=1e-6)
    np.testing.assert_allclose(jacobian[1, 0], [2 / 9, -1 / 9, -1 / 9], rtol=1e-5)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_layer_computes_the_function_and_survives_its_config(name):
    layer = activation_layer(name)
    x = np.linspace(-3.0, 3.0, 12, dtype="float32").reshape(2, 6)
    expected = ACTIVATIONS[name].function(keras.ops.array(x))
    np.testing.assert_allclose(layer(x), expected, rtol=1e-6)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    np.testing.assert_allclose(again(x), expected, rtol=1e-6)


def test_range_in_the_table_holds():
    x = keras.ops.array(np.linspace(-50, 50, 1001, dtype="float32"))
    for row in activation_table().itertuples():
        values = np.asarray(ACTIVATIONS[row.name].function(x))
        assert values.min() >= row.lowest - 1e-6 and values.max() <= row.highest + 1e-6, row.name
        assert np.isinf(row.lowest) or values.min() < row.lowest + 0.03, row.name
        assert np.isinf(row.highest) or values.max() > row.highest - 0.03 or row.name == "softmax", row.name


def test_formulas_are_valid_mathtext():
    parser = MathTextParser("path")
    for formula in activation_table()[["formula", "derivative"]].to_numpy().ravel():
        parser.parse(formula)


def test_registered_functions_serialise_by_name():
    for function in (binary_step, arctan):
        layer = keras.layers.Dense(2, activation=function)
        assert keras.layers.Dense.from_config(layer.get_config()).activation is function


def test_other_keras_names_and_functions_work():
    assert activation_layer("gelu").activation is keras.activations.gelu
    assert activation_layer(keras.activations.silu).activation is keras.activations.silu


def test_unknown_name_says_what_is_near():
    with pytest.raises(ValueError, match=r"Unknown activation 'lekay_relu'.*Did you mean 'leaky_relu'"):
        activation_layer("lekay_relu")
