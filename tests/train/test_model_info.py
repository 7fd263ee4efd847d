"""What run.json says of a model."""

import keras
import pytest

from atolye.train.model_info import model_info


def test_flops_are_those_of_the_hand():
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()])
    assert model_info(model, name="toy") == {
        "name": "toy",
        "parameters": (3 * 3 * 3 + 1) * 4 + 4 * 4,
        "trainable_parameters": (3 * 3 * 3 + 1) * 4 + 2 * 4,
        "flops": 2 * 6 * 6 * 4 * 3 * 3 * 3,
    }


def test_a_layer_without_a_formula_is_named_instead():
    class Mix(keras.Layer):
        def build(self, shape):
            self.matrix = self.add_weight(shape=(shape[-1], 2))

        def call(self, x):
            return keras.ops.matmul(x, self.matrix)

        def compute_output_shape(self, shape):
            return (*shape[:-1], 2)

    info = model_info(keras.Sequential([keras.Input((3,)), Mix(name="mix")]), name="toy")
    assert info == {
        "name": "toy",
        "parameters": 6,
        "trainable_parameters": 6,
        "flops_not_counted": "no formula for mix",
    }


@pytest.mark.parametrize(
    ("error", "reason"), [(ValueError("an open\nshape"), "an open shape"), (KeyError(), "KeyError")]
)
def test_what_cannot_be_counted_is_told_and_costs_nothing_else(monkeypatch, error, reason):
    def fail(model):
        raise error

    monkeypatch.setattr("atolye.profile.profile", fail)
    info = model_info(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), name="toy")
    assert info["flops_not_counted"] == reason
    assert info["parameters"] == 4 and "flops" not in info
