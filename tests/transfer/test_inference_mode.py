"""A network in inference mode inside of a training: nothing is dropped, no statistics move, what is frozen stays."""

import keras
import numpy as np
from keras import layers

from atolye.transfer import InferenceMode

VALUES = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def test_fit_leaves_it_in_inference_mode():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((4,))
    x = layers.BatchNormalization(name="norm")(layers.Dropout(0.5)(inputs))
    prefix = keras.Model(inputs, layers.Dense(3, name="inner")(x))
    prefix.get_layer("inner").trainable = False
    outer = keras.Input((4,))
    model = keras.Model(outer, layers.Dense(1, name="last")(InferenceMode(prefix)(outer)))
    np.testing.assert_array_equal(model(VALUES, training=True), model(VALUES, training=False))
    assert [weight.path for weight in model.trainable_weights] == [
        "norm/gamma",
        "norm/beta",
        "last/kernel",
        "last/bias",
    ]
    before = {weight.path: np.array(weight) for weight in model.weights}
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(VALUES, VALUES[:, 0], epochs=1, verbose=0)
    same = {weight.path for weight in model.weights if np.array_equal(weight, before[weight.path])}
    assert same == {"norm/moving_mean", "norm/moving_variance", "inner/kernel", "inner/bias"}


def test_types_and_shapes_are_the_networks():
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    prefix = keras.Model(inputs, layers.Rescaling(0.5, dtype="mixed_bfloat16")(inputs))
    output = InferenceMode(prefix)(keras.Input((8, 8, 3), dtype="uint8"))
    assert output.dtype == "bfloat16" and output.shape == (None, 8, 8, 3)


def test_why_an_argument_in_the_graph_is_not_enough():
    inputs = keras.Input((4,))
    prefix = keras.Model(inputs, layers.BatchNormalization(name="norm")(inputs))
    outer = keras.Input((4,))
    keras.Model(outer, prefix(outer, training=False))(VALUES, training=True)
    assert np.any(prefix.get_layer("norm").moving_mean)  # when this fails, Keras has changed and the layer can go


def test_it_is_kept_in_a_file(tmp_path):
    inputs, outer = keras.Input((4,)), keras.Input((4,))
    prefix = keras.Model(inputs, layers.Dropout(0.5)(layers.Dense(3)(inputs)))
    model = keras.Model(outer, InferenceMode(prefix)(outer))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(VALUES, training=True), model(VALUES))
