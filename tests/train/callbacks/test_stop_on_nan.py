import keras
import numpy as np
import pytest

from atolye.train.callbacks import NonFiniteLossError, StopOnNaN


def fit(x, learning_rate=0.01):
    model = keras.Sequential(
        [keras.Input((1,), name="in"), keras.layers.Dense(1, name="first"), keras.layers.Dense(1, name="last")]
    )
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    options = {"batch_size": 1, "epochs": 2, "shuffle": False, "verbose": 0, "callbacks": [StopOnNaN()]}
    return model.fit(x, np.ones_like(x), **options)


def test_batch_epoch_layer_and_rate_are_named():
    x = np.array([[1.0], [1.0], [np.nan], [1.0]], "float32")
    expected = (
        r"the loss became nan at batch 3 of epoch 1; the weights of layer '.*first' are the first .* \(now 0.01\)"
    )
    with pytest.raises(NonFiniteLossError, match=expected):
        fit(x)


def test_a_diverging_loss_is_caught():
    with pytest.raises(ValueError, match=r"the loss became (nan|inf) at batch \d+ of epoch 1"):
        fit(np.full((20, 1), 1e4, "float32"), learning_rate=10.0)


def test_a_healthy_training_goes_on():
    assert len(fit(np.ones((4, 1), "float32")).epoch) == 2


def test_inputs_show_the_layer_that_broke_first():
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1, name="last")(keras.ops.log(keras.layers.ReLU()(inputs))))
    model.compile("sgd", "mse")
    x = np.array([[1.0], [1.0], [-1.0]], "float32")
    expected = r"batch 3 of epoch 1; the first answer that is not finite is that of layer 'log"
    with pytest.raises(NonFiniteLossError, match=expected):
        model.fit(x, x, batch_size=1, shuffle=False, verbose=0, callbacks=[StopOnNaN(x)])
    assert not np.isfinite(model.get_weights()[0]).any()  # The diagnosis leaves the model as training did.
