"""Receptive fields by hand, by probing with gradients, and those that the literature gives."""

from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf

from atolye.profile.calls import input_shapes, record_calls
from atolye.profile.receptive_field import UNKNOWN, Field, effective_kernel, merge, receptive_fields

L = keras.layers


def last(model):
    return receptive_fields(record_calls(model, input_shapes(model)))[-1]


def chain(*layers, shape=(32, 32, 1)):
    return keras.Sequential([keras.Input(shape), *layers])


@pytest.mark.parametrize(
    ("layers", "size", "stride"),
    [
        ([L.Conv2D(1, 3)], (3, 3), (1, 1)),
        ([L.Conv2D(1, 3), L.Conv2D(1, 3)], (5, 5), (1, 1)),
        ([L.Conv2D(1, 3, strides=2), L.ReLU(), L.Conv2D(1, 3)], (7, 7), (2, 2)),
        ([L.Conv2D(1, 3), L.MaxPooling2D(2), L.BatchNormalization(), L.Conv2D(1, 3)], (8, 8), (2, 2)),
        ([L.Conv2D(1, 3, dilation_rate=2), L.DepthwiseConv2D(3, dilation_rate=4)], (13, 13), (1, 1)),
        ([L.SeparableConv2D(1, (5, 1)), L.AveragePooling2D((1, 2), strides=1)], (5, 2), (1, 1)),
        ([L.MaxPooling2D(4), L.UpSampling2D(2), L.Conv2D(1, 3)], (8, 8), (2, 2)),
        ([L.Conv2D(1, 2, strides=2), L.Conv2DTranspose(1, 3, strides=2)], (4, 4), (1, 1)),
        ([L.ZeroPadding2D(1), L.Dense(3), L.LayerNormalization()], (1, 1), (1, 1)),
    ],
)
def test_chains_by_hand(layers, size, stride):
    field = last(chain(*layers))
    assert (field.kind, field.size, field.stride) == ("window", size, stride)


def test_equals_the_input_pixels_that_have_a_gradient():
    model = chain(
        L.Conv2D(1, 3, dilation_rate=2, kernel_initializer="ones"),
        L.AveragePooling2D(2),
        L.Conv2D(1, 3, strides=2, kernel_initializer="ones"),
        L.Conv2DTranspose(1, 4, strides=2, kernel_initializer="ones"),
    )
    x = tf.ones((1, 32, 32, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = model(x)[0, 7, 7, 0]
    seen = np.argwhere(tape.gradient(output, x)[0, ..., 0].numpy())
    assert tuple(seen.max(axis=0) - seen.min(axis=0) + 1) == last(model).size


def test_the_widest_branch_counts_and_gates_do_not():
    x = keras.Input((32, 32, 4))
    narrow, wide = L.Conv2D(4, 1)(x), L.Conv2D(4, 5, padding="same")(L.Conv2D(4, 3, padding="same")(x))
    gate = L.Reshape((1, 1, 4))(L.GlobalAveragePooling2D()(wide))
    field = last(keras.Model(x, L.Multiply()([L.Add()([narrow, wide]), gate])))
    assert (field.kind, field.size) == ("window", (7, 7))


def test_what_a_composites_own_code_makes_is_the_widest_so_far():
    class Residual(L.Layer):
        def __init__(self):
            super().__init__()
            self.first, self.second = L.Conv2D(4, 3, padding="same"), L.Conv2D(4, 3, padding="same")

        def build(self, shape):
            self.first.build(shape), self.second.build(shape)

        def call(self, inputs):
            return keras.ops.relu(self.second(self.first(inputs) * 2) + inputs)

    assert last(chain(Residual(), L.Conv2D(1, 3), shape=(16, 16, 4))).size == (7, 7)


def test_whole_and_unknown():
    assert last(chain(L.Conv2D(1, 3), L.Flatten(), L.Dense(2))) == Field("whole", (32, 32), (), (32, 32))
    assert last(chain(L.Dense(3), shape=(8,))) == UNKNOWN
    assert last(chain(L.Permute((2, 1, 3)), L.Conv2D(1, 3))) == UNKNOWN
    assert last(chain(L.Embedding(9, 4), L.Conv1D(2, 3), shape=(12,))).size == (3,)
    assert last(chain(L.GlobalMaxPooling1D(), shape=(5, 3))).size == (5,)


def test_merge():
    one, two = (Field("window", (s,), (Fraction(j),), (9,)) for s, j in ((5, 1), (3, 2)))
    assert merge([one, two]) == Field("window", (5,), (Fraction(2),), (9,))
    assert merge([one, UNKNOWN]) == merge([]) == UNKNOWN
    assert merge([Field("whole", (9,), (), (9,)), two]) == two


def test_the_effective_kernel():
    assert effective_kernel(L.Conv2D(1, 3, dilation_rate=(1, 3))) == (3, 7)
    assert effective_kernel(L.MaxPooling1D(4)) == (4,)
    assert effective_kernel(L.Dense(2)) is None
