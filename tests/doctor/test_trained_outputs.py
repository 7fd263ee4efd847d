"""What the rules are told about a model's outputs."""

import keras
import pytest

from atolye.doctor.trained_outputs import by_output, trained_outputs

INPUT = (4,)


def facts(model):
    return [(o.name, o.units, o.activation, o.family, o.from_logits) for o in trained_outputs(model)]


@pytest.mark.parametrize(
    ("layers", "activation"),
    [
        ([keras.layers.Dense(3, "softmax")], "softmax"),
        ([keras.layers.Dense(3)], "linear"),
        ([keras.layers.Dense(3), keras.layers.Softmax()], "softmax"),
        ([keras.layers.Dense(3), keras.layers.Activation("sigmoid")], "sigmoid"),
        ([keras.layers.Dense(3, "softmax"), keras.layers.Activation("linear", dtype="float32")], "softmax"),
        ([keras.layers.Dense(3, "tanh"), keras.layers.Reshape((1, 3)), keras.layers.Flatten()], "tanh"),
        ([keras.layers.Dense(3), keras.layers.BatchNormalization()], None),
        ([keras.Sequential([keras.Input(INPUT), keras.layers.Dense(3, "softmax")])], "softmax"),
    ],
)
def test_last_activation(layers, activation):
    model = keras.Sequential([keras.Input(INPUT), *layers])
    model.compile("sgd", "mse")
    assert [fact[1:3] for fact in facts(model)] == [(3, activation)]


def test_operations_and_nested_models():
    inputs = keras.Input(INPUT)
    inner = keras.Model(inputs, keras.ops.softmax(keras.layers.Dense(3)(inputs)))
    outer_inputs = keras.Input(INPUT)
    model = keras.Model(outer_inputs, inner(outer_inputs))
    model.compile("sgd", "mse")
    assert facts(model)[0][1:] == (3, "softmax", None, False)


@pytest.mark.parametrize(
    ("loss", "family", "from_logits"),
    [
        ("sparse_categorical_crossentropy", "sparse", False),
        (keras.losses.sparse_categorical_crossentropy, "sparse", False),
        (keras.losses.SparseCategoricalCrossentropy(from_logits=True), "sparse", True),
        (keras.losses.CategoricalFocalCrossentropy(), "categorical", False),
        (keras.losses.BinaryFocalCrossentropy(from_logits=True), "binary", True),
        ("crossentropy", "either", False),
        ("mse", None, False),
        (keras.losses.KLDivergence(), None, False),
    ],
)
def test_loss(loss, family, from_logits):
    model = keras.Sequential([keras.Input(INPUT), keras.layers.Dense(3, name="out")])
    model.compile("sgd", loss)
    assert facts(model) == [("out", 3, "linear", family, from_logits)]


def test_many_outputs_by_name_order_and_key():
    inputs = keras.Input(INPUT)
    main, aux = keras.layers.Dense(1, "sigmoid", name="main")(inputs), keras.layers.Dense(3, name="aux")(inputs)
    expected = [("main", 1, "sigmoid", "binary", False), ("aux", 3, "linear", None, False)]
    for outputs, losses in [
        ([main, aux], {"main": "binary_crossentropy", "aux": "mse"}),
        ([main, aux], ["binary_crossentropy", "mse"]),
        ({"main": main, "aux": aux}, {"main": "binary_crossentropy", "aux": "mse"}),
    ]:
        model = keras.Model(inputs, outputs)
        model.compile("sgd", losses)
        assert sorted(facts(model)) == sorted(expected)


def test_nothing_is_said_of_a_model_without_a_graph():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    for model in (Own(), keras.Sequential([keras.layers.Dense(1)])):
        model.compile("sgd", "mse")
        assert trained_outputs(model) == []


def test_by_output():
    assert by_output("mse", ["a", "b"]) == {"a": "mse", "b": "mse"}
    assert by_output([1, 2], ["a", "b"]) == {"a": 1, "b": 2}
    assert by_output({"a": 1}, ["a", "b"]) == {"a": 1}
