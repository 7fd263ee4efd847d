"""Elementwise operations by hand, and which layers have no rule."""

import keras
import pytest

from atolye.profile.calls import input_shapes, record_calls
from atolye.profile.elementwise import elementwise, has_elementwise

L = keras.layers


def count(model):
    calls = record_calls(model, input_shapes(model), is_whole=has_elementwise)
    return sum(elementwise(call) for call in calls if not call.composite)


@pytest.mark.parametrize(
    ("layer", "shape", "number"),
    [
        (L.Conv2D(6, 3), (8, 8, 4), 36 * 6),
        (L.Conv2D(6, 3, use_bias=False), (8, 8, 4), 0),
        (L.Dense(4, "relu"), (7,), 4 + 4),
        (L.Activation("gelu"), (5, 2), 10),
        (L.LeakyReLU(), (5, 2), 10),
        (L.BatchNormalization(), (5, 2), 20),
        (L.LayerNormalization(), (5, 2), 50),
        (L.MaxPooling2D(2), (8, 8, 4), 16 * 4 * 4),
        (L.GlobalAveragePooling2D(), (8, 8, 4), 256),
        (L.Rescaling(1 / 255), (4,), 8),
        (L.Dropout(0.5), (8,), 0),
        (L.RandomFlip(), (8, 8, 3), 0),
        (L.Flatten(), (8, 2), 0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, keras.Layer) else None,
)
def test_one_layer_by_hand(layer, shape, number):
    assert count(keras.Sequential([keras.Input(shape), layer])) == number


def test_merging_and_operations_of_a_graph():
    x = keras.Input((5,))
    assert count(keras.Model(x, L.Add()([x, x, x]))) == 10
    assert count(keras.Model(x, L.Average()([x, x]))) == 10
    assert count(keras.Model(x, L.Concatenate()([x, x]))) == 0
    assert count(keras.Model(x, keras.ops.exp(x))) == 5
    assert count(keras.Model(x, keras.ops.reshape(x, (-1, 5, 1)))) == 0


def test_unknown_kinds_have_no_rule():
    class Own(L.Layer):
        pass

    assert not has_elementwise(Own())
    assert not has_elementwise(L.ConvLSTM2D(2, 3))
