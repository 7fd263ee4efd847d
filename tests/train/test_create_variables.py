import keras
import numpy as np
import pytest

from atolye.train.create_variables import create_variables

X = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("int64")


class CountedSteps(keras.Sequential):
    """Counts how often its training step is traced."""

    traces = 0

    def train_step(self, *args):
        self.traces += 1
        return super().train_step(*args)


def model(*, dropout=0.5):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(dropout)]
    net = CountedSteps([keras.Input((4,)), *layers, keras.layers.Dense(1, "sigmoid")])
    net.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy", "AUC"])
    return net


def fit(net):
    return net.fit(X, Y, validation_data=(X, Y), epochs=2, batch_size=8, verbose=0).history


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow traces twice")
def test_the_step_is_traced_once_instead_of_twice():
    plain, ready = model(), model()
    create_variables(ready, X[:1], Y[:1])
    fit(plain)
    fit(ready)
    assert (plain.traces, ready.traces) == (2, 1)


def test_training_is_the_same_with_and_without():
    plain, ready = model(), model()
    create_variables(ready, X[:1], Y[:1])
    keras.utils.set_random_seed(1)
    expected = fit(plain)
    keras.utils.set_random_seed(1)
    assert fit(ready) == expected
    for one, other in zip(plain.get_weights(), ready.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_moving_statistics_and_random_state_stay():
    net = model()
    before = [np.array(variable) for variable in net.variables]
    create_variables(net, X, Y, np.ones(32))
    for one, other in zip(before, net.variables, strict=False):
        np.testing.assert_array_equal(one, np.array(other))


def test_metrics_start_at_zero():
    net = model()
    create_variables(net, X, Y)
    assert all(float(np.sum(np.array(variable))) == 0 for variable in net.metrics_variables)
