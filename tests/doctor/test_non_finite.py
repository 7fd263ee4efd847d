"""The first place where numbers stop being finite."""

import keras
import numpy as np
import pytest

from atolye.doctor import NonFinite, first_non_finite

ONES = np.ones((2, 3), "float32")


@keras.saving.register_keras_serializable(package="tests")
class Broken(keras.layers.Layer):
    """Divides by what is 0 in its second column."""

    def call(self, inputs):
        return inputs / keras.ops.array([1.0, 0.0, 1.0])


def build(*layers):
    return keras.Sequential([keras.Input((3,)), *layers])


def test_all_is_finite():
    assert first_non_finite(build(keras.layers.Dense(2)), ONES) is None
    assert first_non_finite(build(keras.layers.Dense(2))) is None


def test_inputs():
    bad = ONES.copy()
    bad[1, 2] = np.inf
    found = first_non_finite(build(keras.layers.Dense(2)), bad)
    assert str(found) == "the inputs (input 0) are not all finite"


def test_weights_in_the_layers_order():
    model = build(*(keras.layers.Dense(3, name=name) for name in ("first", "second", "third")))
    for layer in model.layers[1:]:
        layer.bias.assign(np.full(3, np.nan))
    found = first_non_finite(model, ONES)
    assert found.where == "weight" and found.name.endswith("/second")
    assert str(found).endswith("second' are the first not to be finite")


@pytest.mark.parametrize("nested", [False, True])
def test_activation(nested):
    layers = [keras.layers.Dense(3), Broken(name="broken"), keras.layers.BatchNormalization()]
    model = build(keras.layers.Dense(3), build(*layers)) if nested else build(*layers)
    before = [np.array(variable) for variable in model.variables]
    found = first_non_finite(model, ONES)
    assert found == NonFinite("activation", "broken")
    assert str(found) == "the first answer that is not finite is that of layer 'broken'"
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(np.array(variable), value)
    assert all("call" not in vars(layer) for layer in model._flatten_layers())


def test_operation_of_a_functional_graph():
    inputs = {"a": keras.Input((3,), name="a"), "b": keras.Input((3,), name="b")}
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.ops.log(inputs["a"] - inputs["b"])))
    assert first_non_finite(model, {"a": ONES, "b": ONES}).name.startswith("log")


def test_subclassed_model_and_bfloat16():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3, dtype="mixed_bfloat16")
            self.broken = Broken(name="broken")

        def call(self, inputs):
            return self.broken(self.dense(inputs))

    model = Own()
    model(ONES)
    assert first_non_finite(model, ONES).name == "broken"
