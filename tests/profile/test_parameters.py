"""Every formula comes to Keras's count, and to the number that one gets on paper."""

import keras
import pytest

from atolye.layers import BatchNormalization
from atolye.models import cnn, mlp
from atolye.profile import parameter_table

L = keras.layers


@pytest.mark.parametrize(
    ("layer", "shape", "formula", "number"),
    [
        (L.Dense(256), (30,), "(30 + 1) x 256", 7936),
        (L.Dense(4, use_bias=False), (5, 3), "3 x 4", 12),
        (L.Conv2D(64, 3), (8, 8, 32), "(3 x 3 x 32 + 1) x 64", 18_496),  # what the slide's number belongs to
        (L.Conv2D(64, 5), (8, 8, 32), "(5 x 5 x 32 + 1) x 64", 51_264),  # what the slide's formula comes to
        (L.Conv2D(64, 3, groups=4, use_bias=False), (8, 8, 32), "3 x 3 x 8 x 64", 4608),
        (L.Conv1D(6, 5), (9, 2), "(5 x 2 + 1) x 6", 66),
        (L.Conv2DTranspose(3, 2), (8, 8, 4), "(2 x 2 x 4 + 1) x 3", 51),
        (L.DepthwiseConv2D(3, depth_multiplier=2), (8, 8, 4), "(3 x 3 + 1) x 8", 80),
        (L.SeparableConv2D(64, 3), (8, 8, 32), "3 x 3 x 32 + (32 + 1) x 64", 2400),
        (L.SeparableConv2D(6, 3, depth_multiplier=2, use_bias=False), (8, 8, 4), "3 x 3 x 8 + 8 x 6", 120),
        (L.BatchNormalization(), (7,), "4 x 7", 28),
        (BatchNormalization(center=False), (4, 4, 5), "3 x 5", 15),
        (L.BatchNormalization(renorm=True), (7,), "7 x 7", 49),
        (L.LayerNormalization(), (6,), "2 x 6", 12),
        (L.GroupNormalization(2, scale=False), (4, 4, 6), "1 x 6", 6),
        (L.Embedding(10, 4), (3,), "10 x 4", 40),
        (L.PReLU(), (5, 2), "5 x 2", 10),
        (L.PReLU(shared_axes=(1,)), (5, 2), "1 x 2", 2),
        (L.Normalization(), (3,), "2 x 3 + 1", 7),
        (L.ReLU(), (3,), "0", 0),
        (L.Dropout(0.5, seed=1), (3,), "0", 0),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, keras.Layer) else None,
)
def test_formula_equals_keras_and_hand(layer, shape, formula, number):
    model = keras.Sequential([keras.Input(shape), layer])
    row = parameter_table(model).iloc[0]
    assert (row.formula, row.by_formula, row.by_keras) == (formula, number, number)
    assert row.output_shape == model.output_shape


def test_two_of_four_sets_of_batch_normalization_are_not_trainable():
    row = parameter_table(keras.Sequential([keras.Input((7,)), BatchNormalization()])).iloc[0]
    assert (row.trainable, row.not_trainable) == (14, 14)


@pytest.mark.parametrize("model", [cnn((28, 28, 1), 10), mlp((30,), 2)], ids=["cnn", "mlp"])
def test_totals_are_those_of_the_summary(model):
    frame = parameter_table(model)
    assert frame["by_formula"].tolist() == frame["by_keras"].tolist()
    assert frame.attrs["totals"]["total"] == model.count_params()
    learned = sum(weight.numpy().size for weight in model.trainable_weights)
    assert frame.attrs["totals"]["trainable"] == learned
    assert frame.attrs["totals"]["not_trainable"] == model.count_params() - learned


def test_nested_frozen_and_shared_layers():
    shared = L.Dense(4, name="shared")
    inner = keras.Sequential(
        [keras.Input((4,)), L.Dense(4, name="first"), BatchNormalization(name="norm")], name="base"
    )
    inputs = keras.Input((4,))
    model = keras.Model(inputs, L.Dense(1, name="head")(shared(shared(inner(inputs)))))
    inner.trainable = False
    frame = parameter_table(model)
    assert frame["layer"].tolist() == ["base/first", "base/norm", "shared", "head"]
    assert frame["trainable"].tolist() == [0, 0, 20, 5]
    assert frame.attrs["totals"] == {"total": 61, "trainable": 25, "not_trainable": 36}
    assert model.count_params() == 61


def test_unknown_layers_say_so():
    row = parameter_table(keras.Sequential([keras.Input((3, 2)), L.LSTM(4)])).iloc[0]
    assert row.formula == "counted by Keras"
    assert row.isna()["by_formula"]
    assert row.by_keras == 4 * (2 + 4 + 1) * 4


def test_model_that_is_not_built():
    with pytest.raises(ValueError, match="Model 'late' is not built; call it on data"):
        parameter_table(keras.Sequential([L.Dense(3)], name="late"))
