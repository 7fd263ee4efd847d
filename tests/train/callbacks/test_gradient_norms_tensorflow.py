import keras
import numpy as np
import pytest

from atolye.train.callbacks.gradient_norms_tensorflow import layer_gradient_norms


def test_norms_equal_finite_differences():
    keras.utils.set_random_seed(1)
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh", name="inner")], name="body")
    head = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.1), name="head")
    model = keras.Sequential([keras.Input((3,)), inner, head])
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)).astype("float32"), rng.normal(size=(8, 1)).astype("float32")
    norms = layer_gradient_norms(model, x, y)

    def loss():
        return float(model.compute_loss(x, y, model(x, training=False)))

    for name, weights in [("inner", inner.trainable_variables), ("head", head.trainable_variables)]:
        total = 0.0
        for weight in weights:
            start = np.array(weight.numpy())
            for index in np.ndindex(start.shape):
                step = np.zeros_like(start)
                step[index] = 1e-2
                weight.assign(start + step)
                up = loss()
                weight.assign(start - step)
                total += ((up - loss()) / 2e-2) ** 2
            weight.assign(start)
        assert norms[name] == pytest.approx(np.sqrt(total), rel=2e-3)
    assert list(norms) == ["inner", "head"]
