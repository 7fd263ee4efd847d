"""The compiled pass gives what the network gives at inference, for batches of any length, traced once."""

import gc
import weakref

import keras
import numpy as np
from keras import layers

from atolye.transfer.feature_pass import compile_pass

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3)).astype("uint8")


def network():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = layers.Dropout(0.5)(layers.Conv2D(4, 3)(inputs))
    return keras.Model(inputs, layers.BatchNormalization()(x))


def test_inference_in_the_type_that_was_asked_for():
    model = network()
    expected = np.asarray(model(IMAGES, training=False))
    for dtype, tolerance in (("float32", 1e-6), ("float16", 1e-3)):
        forward = compile_pass(model, dtype)
        for count in (5, 2):
            values = forward(IMAGES[:count])
            assert values.dtype == dtype
            np.testing.assert_allclose(values, expected[:count], rtol=tolerance, atol=tolerance)


class Counting(layers.Layer):
    """Passes its input on and notes each time that Python runs it."""

    traces = 0

    def call(self, inputs):
        Counting.traces += 1
        return inputs


def test_it_is_traced_once_sees_new_weights_and_keeps_no_model_alive():
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, Counting()(layers.Conv2D(4, 3)(inputs)))
    Counting.traces = 0
    first = compile_pass(model, "float32")(IMAGES)
    model.layers[1].kernel.assign(model.layers[1].kernel * 2)
    second = compile_pass(model, "float32")(IMAGES[:3])
    np.testing.assert_allclose(second, 2 * first[:3], rtol=1e-5)
    assert Counting.traces == 1
    known = weakref.ref(model)
    del model
    gc.collect()
    assert known() is None


def test_bfloat16_networks_too():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = network()
    finally:
        keras.config.set_dtype_policy("float32")
    values = compile_pass(model, "float16")(IMAGES)
    np.testing.assert_array_equal(values, np.asarray(keras.ops.cast(model(IMAGES, training=False), "float32")))
