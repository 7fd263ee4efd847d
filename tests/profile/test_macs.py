"""Products counted by hand; test_profile.py holds them against the TensorFlow profiler."""

import keras
import pytest

from atolye.profile.calls import input_shapes, record_calls
from atolye.profile.macs import has_macs, macs

L = keras.layers


def count(model):
    calls = record_calls(model, input_shapes(model), is_whole=has_macs)
    return sum(macs(call) or 0 for call in calls if not call.composite)


@pytest.mark.parametrize(
    ("layer", "shape", "number"),
    [
        (L.Conv1D(6, 5), (9, 2), 5 * 6 * 5 * 2),
        (L.Conv2D(6, 3, padding="same"), (8, 8, 4), 64 * 6 * 9 * 4),
        (L.Conv2D(6, 3, strides=2), (9, 9, 4), 16 * 6 * 9 * 4),
        (L.Conv2D(6, 3, dilation_rate=2, groups=2), (12, 12, 4), 64 * 6 * 9 * 2),
        (L.Conv3D(4, 3), (6, 6, 6, 2), 64 * 4 * 27 * 2),
        (L.Conv2DTranspose(3, 2, strides=2), (8, 8, 4), 64 * 4 * 4 * 3),
        (L.DepthwiseConv1D(3), (9, 4), 7 * 4 * 3),
        (L.DepthwiseConv2D(3, depth_multiplier=2), (8, 8, 4), 36 * 8 * 9),
        (L.SeparableConv2D(6, 3, depth_multiplier=2), (8, 8, 4), 36 * (8 * 9 + 8 * 6)),
        (L.Dense(4), (7,), 28),
        (L.Dense(4), (5, 6, 7), 30 * 28),
        (L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 3)), (5, 7), 5 * 7 * 6),
        (L.EinsumDense("...c,cd->...d", output_shape=4), (5, 6, 7), 30 * 28),
        (L.SimpleRNN(4), (5, 3), 5 * 4 * 7),
        (L.GRU(4), (5, 3), 3 * 5 * 4 * 7),
        (L.LSTM(4, return_sequences=True), (5, 3), 4 * 5 * 4 * 7),
        (L.Bidirectional(L.LSTM(4)), (5, 3), 2 * 4 * 5 * 4 * 7),
        (L.TimeDistributed(L.Dense(4)), (5, 3), 5 * 12),
        (L.ReLU(), (8,), 0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, keras.Layer) else None,
)
def test_one_layer_by_hand(layer, shape, number):
    assert count(keras.Sequential([keras.Input(shape), layer])) == number


def test_attention_by_hand():
    query, value = keras.Input((6, 8)), keras.Input((5, 10))
    several = L.MultiHeadAttention(2, 4, value_dim=3, output_shape=9)(query, value)
    # Per head: 6 x 8 x 4, 5 x 10 x (4 + 3), scores 6 x 5 x 4, mixture 6 x 5 x 3, out 6 x 3 x 9.
    assert count(keras.Model([query, value], several)) == 2 * (192 + 350 + 120 + 90 + 162)
    grouped = L.GroupQueryAttention(4, 4, 2)(query, query)
    # 4 query heads and 2 for keys and values, 6 x 8 x 4 each; scores and mixture; out 6 x 16 x 8.
    assert count(keras.Model(query, grouped)) == (4 + 2 + 2) * 192 + 4 * 2 * 6 * 6 * 4 + 768
    assert count(keras.Model(query, L.Attention()([query, query]))) == 2 * 6 * 6 * 8


def test_products_in_a_functional_graph():
    x = keras.Input((6, 8))
    assert count(keras.Model(x, L.Dot(axes=(2, 2))([x, x]))) == 6 * 6 * 8
    assert count(keras.Model(x, keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1))))) == 6 * 6 * 8
    assert count(keras.Model(x, keras.ops.einsum("btc,bsc->bts", x, x))) == 6 * 6 * 8


def test_a_tied_embedding_is_a_product_on_the_way_back_only():
    words, features = keras.Input((5,), dtype="int32"), keras.Input((5, 4))
    layer = L.ReversibleEmbedding(11, 4)
    assert count(keras.Model(words, layer(words))) == 0
    assert count(keras.Model(features, layer(features, reverse=True))) == 5 * 4 * 11
