import keras
import numpy as np
import pytest
import tensorflow as tf

from atolye.layers import GroupedConv2D

IMAGES = np.random.default_rng(0).normal(size=(2, 6, 7, 8)).astype("float32")


@pytest.mark.parametrize(
    "arguments", [{"groups": 2, "strides": 2, "padding": "same"}, {"groups": 4, "dilation_rate": 2}]
)
def test_equals_keras_outputs_and_gradients(arguments, randomize):
    ours, theirs = (kind(12, 3, **arguments) for kind in (GroupedConv2D, keras.layers.Conv2D))
    for layer in (ours, theirs):
        layer.build(IMAGES.shape)
    theirs.set_weights(randomize(ours).get_weights())
    results = []
    for layer in (ours, theirs):
        inputs = tf.constant(IMAGES)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs)
            loss = tf.reduce_mean(outputs**2)
        sources = [inputs, *(weight.value for weight in layer.trainable_variables)]
        results.append([outputs, *tape.gradient(loss, sources)])
    for mine, expected in zip(*results, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-3, atol=1e-5)


def test_config_is_that_of_keras():
    ours, theirs = (kind(12, 3, groups=4, name="conv") for kind in (GroupedConv2D, keras.layers.Conv2D))
    assert ours.get_config() == theirs.get_config()
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(ours))
    assert type(again) is GroupedConv2D


def test_groups_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="^Received groups=3 with filters=8; expected a number that divides it. Take"):
        GroupedConv2D(8, 3, groups=3)
    with pytest.raises(ValueError, match="^Received groups=4 with filters=8 on 6 channels; .* Take groups out of 1, 2"):
        GroupedConv2D(8, 3, groups=4).build((1, 8, 8, 6))
    with pytest.raises(ValueError, match="^Received groups=-2; expected a whole number of 1 or more. 1 is an ordinary"):
        GroupedConv2D(8, 3, groups=-2)
