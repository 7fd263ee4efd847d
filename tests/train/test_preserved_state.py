"""Whatever a block does to a model's variables and to the random state is put back bitwise."""

import random

import keras
import numpy as np
import pytest

from atolye.train.preserved_state import preserved_random_state, preserved_state


def draws():
    import tensorflow as tf

    shuffled = list(tf.data.Dataset.range(8).shuffle(8).as_numpy_iterator())
    keras_numbers = np.asarray(keras.random.uniform((3,))).tolist()
    return [random.random(), np.random.rand(), keras_numbers, shuffled]


def test_random_state_goes_on_as_if_nothing_had_been_drawn():
    keras.utils.set_random_seed(1)
    expected = draws()
    keras.utils.set_random_seed(1)
    with preserved_random_state():
        assert draws() == expected
    assert draws() == expected


def test_random_state_after_some_draws():
    keras.utils.set_random_seed(1)
    draws()
    expected = draws()
    keras.utils.set_random_seed(1)
    draws()
    with preserved_random_state():
        draws()
    assert draws() == expected


def test_variables_come_back_after_an_error():
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    model = keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(16, 2)).astype("float32")
    model.fit(x, x[:, :1], verbose=0)
    variables = [*model.variables, *model.metrics_variables]
    before = [np.array(variable) for variable in variables]
    with pytest.raises(KeyboardInterrupt), preserved_state(model):
        model.train_on_batch(x, x[:, :1])
        assert any((np.array(v) != value).any() for v, value in zip(variables, before, strict=True))
        raise KeyboardInterrupt
    for variable, value in zip(variables, before, strict=True):
        np.testing.assert_array_equal(np.array(variable), value, err_msg=variable.path)
