"""The whole profile: against the TensorFlow profiler, by hand, and what it says of layers that it does not know."""

import importlib.util
from pathlib import Path

import keras
import pandas as pd
import pytest

from atolye.models import cnn
from atolye.profile import parameter_table, profile

L = keras.layers

# FLOPs of convolutions and matrix products as count_flops_tensorflow.py prints them; parameters as Keras documents
# them; receptive fields from Araujo et al. (2019) where they give them (ResNet50, MobileNetV2) and by hand.
PUBLISHED = [
    ("VGG16", 30_940_528_640, 138_357_544, 212),
    ("ResNet50", 7_715_946_496, 25_636_712, 483),
    ("MobileNetV2", 601_548_544, 3_538_984, 491),
    ("EfficientNetB0", 771_629_504, 5_330_571, 851),
    ("ConvNeXtTiny", 8_911_062_528, 28_589_128, 1688),
]


@pytest.mark.parametrize(("name", "flops", "parameters", "field"), PUBLISHED)
def test_published_models_equal_the_tensorflow_profiler(name, flops, parameters, field):
    with keras.StatelessScope():  # nobody asks for the weights: they need not be drawn
        model = getattr(keras.applications, name)(weights=None)
    totals = profile(model).totals
    assert totals["flops"] == pytest.approx(flops, rel=0.01)
    assert (totals["parameters"], totals["receptive_field"]) == (parameters, (field, field))
    assert totals["not_counted"] == []


@pytest.fixture(scope="module")
def count_flops():
    spec = importlib.util.spec_from_file_location("counter", Path(__file__).parent / "count_flops_tensorflow.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.count_flops


def test_equals_the_tensorflow_profiler_live(count_flops):
    model = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None)
    assert profile(model).totals["flops"] == count_flops(model)


def test_many_kinds_of_layer_equal_the_tensorflow_profiler(count_flops):
    x = inputs = keras.Input((16, 16, 4))
    x = L.Conv2D(8, 3, groups=2, dilation_rate=2, padding="same")(x)
    x = L.SeparableConv2D(6, 3, depth_multiplier=2)(x)
    x = L.Conv2DTranspose(4, 3, strides=2, padding="same")(x)
    x = L.DepthwiseConv2D(3, strides=2, padding="same")(x)
    x = L.Dense(5)(x)
    x = keras.Sequential([L.Conv3D(2, 2), L.Flatten(), L.Dense(3)])(L.Reshape((14, 14, 5, 1))(x))
    model = keras.Model(inputs, x)
    assert profile(model).totals["flops"] == count_flops(model) > 0


def test_one_row_by_hand():
    model = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(4, 3, dilation_rate=2, strides=1, name="conv")])
    (row,) = profile(model, batch_size=10).table.to_dict("records")
    assert row == {
        "name": "conv",
        "type": "Conv2D",
        "output_shape": (None, 4, 4, 4),
        "parameters": 3 * 3 * 3 * 4 + 4,
        "macs": 64 * 27,
        "flops": 2 * 64 * 27,
        "elementwise": 64,
        "activation_bytes": 10 * 64 * 4,
        "receptive_field": (5, 5),
        "stride": (1, 1),
        "effective_kernel": (5, 5),
        "counted": "formula",
    }


def test_totals_are_sums_and_agree_with_the_table_of_parameters():
    model = cnn((16, 16, 3), 5, widths=(8, 16))
    found = profile(model, batch_size=2)
    for name in ("macs", "flops", "elementwise", "activation_bytes", "parameters"):
        assert found.totals[name] == found.table[name].sum()
    assert found.totals["flops"] == 2 * found.totals["macs"]
    assert found.totals["largest_activation_bytes"] == found.table["activation_bytes"].max()
    assert found.totals["parameter_bytes"] == 4 * model.count_params()
    by_hand = parameter_table(model)
    assert found.totals["trainable_parameters"] == by_hand.attrs["totals"]["trainable"]
    assert found.table["parameters"].tolist() == by_hand["by_keras"].tolist()


def test_a_shared_layer_costs_each_time_and_has_its_parameters_once():
    shared, x = L.Dense(4, name="shared"), keras.Input((4,))
    table = profile(keras.Model(x, shared(shared(x)))).table
    assert table["name"].tolist() == ["shared", "shared#2"]
    assert table["parameters"].tolist() == [20, 0]
    assert table["macs"].tolist() == [16, 16]


def test_memory_follows_the_precision_and_costs_do_not_follow_the_batch():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = keras.Sequential([keras.Input((8,), batch_size=5), L.Dense(4)])
    finally:
        keras.config.set_dtype_policy("float32")
    row = profile(half, batch_size=3).table.iloc[0]
    assert (row.macs, row.activation_bytes) == (32, 3 * 4 * 2)


class Scale(L.Layer):
    def build(self, shape):
        self.factor = self.add_weight(shape=(shape[-1],))

    def call(self, inputs):
        return inputs * self.factor


class Mystery(L.Layer):
    def build(self, shape):
        self.matrix = self.add_weight(shape=(shape[-1], 3))

    def call(self, inputs):
        return keras.ops.matmul(inputs, self.matrix)


class Composite(Mystery):
    def __init__(self):
        super().__init__(name="composite")
        self.inner = L.Dense(4, name="inner")

    def call(self, inputs):
        return super().call(self.inner(inputs))


def test_what_is_not_known_is_said_and_never_zero():
    model = keras.Sequential([keras.Input((5, 4)), Scale(name="scale"), Mystery(name="mystery"), L.Dense(2, name="d")])
    found = profile(model)
    assert found.table["counted"].tolist() == ["assumed elementwise", "not counted", "formula"]
    assert found.table["macs"].tolist() == [0, pd.NA, 30]
    assert found.table["elementwise"][0] == 20
    assert found.totals["not_counted"] == ["mystery"]
    assert found.totals["macs"] == 30
    assert found.table["receptive_field"].tolist() == [(1,), None, None]


def test_a_composites_own_matrix_is_not_counted_and_its_layers_are():
    found = profile(keras.Sequential([keras.Input((4,)), Composite()]))
    assert found.table["name"].tolist() == ["composite/inner", "composite"]
    assert found.table["macs"].tolist() == [16, pd.NA]
    assert found.table["parameters"].tolist() == [20, 12]


def test_a_cell_of_unknown_kind_is_not_counted():
    cell = L.StackedRNNCells([L.LSTMCell(2), L.GRUCell(3)])
    found = profile(keras.Sequential([keras.Input((5, 4)), L.RNN(cell, name="memory")]))
    assert found.totals["not_counted"] == ["memory"]


def test_open_input_shapes_and_subclassed_models():
    model = keras.Sequential([keras.Input((None, None, 3)), L.Conv2D(2, 3)])
    assert profile(model, input_shape=(5, 5, 3)).totals["macs"] == 9 * 2 * 27
    with pytest.raises(ValueError, match="expected 1 or more"):
        profile(model, batch_size=0)
    with pytest.raises(ValueError, match="Received 2 input shapes; expected 1"):
        profile(model, input_shape=[(5, 5, 3), (5, 5, 3)])

    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = L.Dense(3)

        def call(self, inputs):
            return self.dense(inputs)

    own = Subclassed()
    own(keras.ops.ones((2, 4)))
    assert profile(own).totals["macs"] == profile(own, input_shape=(4,)).totals["macs"] == 12


def test_not_built():
    with pytest.raises(ValueError, match="Model 'late' is not built; call it on data"):
        profile(keras.Sequential([L.Dense(3)], name="late"))
