"""Inference mode that the outer model's training does not reach."""

import keras
import numpy as np

from atolye.transfer.inference_only import InferenceOnly

ONES = np.ones((2, 8), "float32")


def frozen_part():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8,))
    x = keras.layers.BatchNormalization(name="norm")(keras.layers.Dropout(0.5)(inputs))
    return keras.Model(inputs, x)


def around(part, **options):
    inputs = keras.Input((8,))
    return keras.Model(inputs, part(inputs, **options))


def test_nothing_is_dropped_and_no_statistics_move():
    part = frozen_part()
    model = around(InferenceOnly(part))
    expected = np.asarray(part(ONES))
    np.testing.assert_array_equal(np.asarray(model(ONES, training=True)), expected)
    assert not np.any(part.get_layer("norm").moving_mean)


def test_why_an_argument_in_the_graph_is_not_enough():
    part = frozen_part()
    model = around(part, training=False)
    model(ONES, training=True)
    assert np.any(part.get_layer("norm").moving_mean)  # when this fails, Keras has changed and the layer can go


def test_it_is_kept_in_a_file(tmp_path):
    model = around(InferenceOnly(frozen_part()))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(np.asarray(loaded(ONES, training=True)), np.asarray(model(ONES)))
