"""Every formula comes to Keras's count, and to the number that one gets on paper."""

import keras
import pytest

from atolye.layers import BatchNormalization, ConvBlock, SqueezeExcite
from atolye.models import cnn, mlp, preact_resnet, resnet, se_resnet, separable_cnn, vgg_small
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


MODELS = {
    "cnn": lambda: cnn((28, 28, 1), 10),
    "mlp": lambda: mlp((30,), 2),
    "vgg_small": lambda: vgg_small((32, 32, 3), 10),
    "separable_cnn": lambda: separable_cnn((32, 32, 3), 10, norm="none"),
    "resnet50": lambda: resnet(50, (64, 64, 3), 1000),
    "preact_resnet20": lambda: preact_resnet(20, (32, 32, 3), 10, norm="group"),
    "se_resnet20": lambda: se_resnet(20, (32, 32, 3), 10, norm="layer"),
}


@pytest.mark.parametrize("name", MODELS)
def test_totals_are_those_of_the_summary(name):
    model = MODELS[name]()
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


def test_layers_made_of_layers_are_unfolded():
    block = SqueezeExcite(4, name="gate")
    frame = parameter_table(keras.Sequential([keras.Input((8, 8, 16)), block, ConvBlock(2, 3, name="block")]))
    rows = dict(zip(frame["layer"], frame["formula"], strict=True))
    assert {name: formula for name, formula in rows.items() if formula != "0"} == {
        "gate/reduce": "(16 + 1) x 4",
        "gate/excite": "(4 + 1) x 16",
        "block/conv": "3 x 3 x 16 x 2",
        "block/norm": "4 x 2",
    }
    assert frame["by_formula"].sum() == frame["by_keras"].sum() == 148 + 288 + 8


class Scaled(keras.Layer):
    """A layer of a layer, and a weight beside it."""

    def build(self, shape):
        self.dense = L.Dense(2, name="dense")
        self.dense.build(shape)
        self.scale = self.add_weight(shape=(2,), name="scale")

    def call(self, x):
        return self.dense(x) * self.scale


def test_weights_beside_the_layers_inside_have_a_row():
    model = keras.Sequential([keras.Input((3,)), Scaled(name="scaled"), L.Dense(1, name="head")])
    frame = parameter_table(model)
    assert frame["layer"].tolist() == ["scaled/dense", "scaled", "head"]
    assert frame["by_keras"].tolist() == [8, 2, 3]
    assert frame["formula"].tolist() == ["(3 + 1) x 2", "counted by Keras", "(2 + 1) x 1"]
    model.layers[0].trainable = False
    assert parameter_table(model)["trainable"].tolist() == [0, 0, 3]


def test_wrappers_are_unfolded():
    inputs = keras.Input((5, 4))
    step = L.TimeDistributed(L.Dense(4, name="dense"), name="each")
    both = L.Bidirectional(L.LSTM(2, name="lstm"), name="both")
    model = keras.Model(inputs, both(L.MultiHeadAttention(2, 3, name="attention")(step(inputs), inputs)))
    frame = parameter_table(model)
    assert frame["by_keras"].sum() == model.count_params()
    assert frame["layer"].tolist()[0] == "each/dense"
    assert {"attention/query", "attention/key", "both/forward_lstm", "both/backward_lstm"} <= set(frame["layer"])


def test_a_shared_weight_counts_once():
    first = L.Dense(4, name="first")

    class Tied(keras.Layer):
        def build(self, shape):
            self.kernel = first.kernel

        def call(self, x):
            return keras.ops.matmul(x, keras.ops.transpose(self.kernel))

    inputs = keras.Input((4,))
    model = keras.Model(inputs, Tied(name="back")(first(inputs)))
    frame = parameter_table(model)
    assert frame["by_keras"].tolist() == [20, 0]
    assert frame["formula"].tolist() == ["(4 + 1) x 4", "counted by Keras"]
    assert model.count_params() == 20


def test_unknown_layers_say_so():
    row = parameter_table(keras.Sequential([keras.Input((3, 2)), L.LSTM(4)])).iloc[0]
    assert row.formula == "counted by Keras"
    assert row.isna()["by_formula"]
    assert row.by_keras == 4 * (2 + 4 + 1) * 4


def test_model_that_is_not_built():
    with pytest.raises(ValueError, match="Model 'late' is not built; call it on data"):
        parameter_table(keras.Sequential([L.Dense(3)], name="late"))
