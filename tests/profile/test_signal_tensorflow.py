"""The recorded outputs and gradients are those of automatic differentiation on the whole model."""

import keras
import numpy as np
import tensorflow as tf

from atolye.profile.signal_tensorflow import outputs_and_gradients


def test_equals_a_tape_around_the_model():
    keras.utils.set_random_seed(0)
    first, second = keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(2)
    model = keras.Sequential([keras.Input((3,)), first, second])
    x, y = np.random.default_rng(0).normal(size=(5, 3)).astype("float32"), np.ones((5, 2), np.float32)
    signals = outputs_and_gradients(model, [first, second], x, y, keras.losses.MeanSquaredError(), training=False)
    hidden = tf.tanh(x @ first.kernel.value + first.bias.value)
    with tf.GradientTape() as tape:
        tape.watch(hidden)
        outputs = hidden @ second.kernel.value + second.bias.value
        loss = tf.reduce_mean((outputs - y) ** 2)
    np.testing.assert_allclose(signals[0][1], hidden, rtol=1e-5)
    np.testing.assert_allclose(signals[0][2], tape.gradient(loss, hidden), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(signals[1][2], 2 * (outputs - y) / 10, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(signals[1][3][1], (2 * (outputs - y) / 10).numpy().sum(axis=0), rtol=1e-5)
