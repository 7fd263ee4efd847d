import keras
import pytest

from atolye.models import two_branch
from atolye.profile.graph import model_graph


def by_id(nodes):
    return {node["id"]: node for node in nodes}


def test_sequential_is_a_chain():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3), name="image"),
            keras.layers.Conv2D(4, 3, name="conv"),
            keras.layers.Flatten(name="flat"),
        ]
    )
    nodes, edges = model_graph(model)
    assert edges == [("image", "conv"), ("conv", "flat")]
    assert by_id(nodes)["conv"] == {
        "id": "conv",
        "name": "conv",
        "type": "Conv2D",
        "shape": "6 × 6 × 4",
        "parameters": 3 * 3 * 3 * 4 + 4,
        "group": "",
    }
    assert [node["type"] for node in nodes] == ["Input", "Conv2D", "Flatten"]


def test_branches_meet_and_every_parameter_is_counted():
    model = two_branch(20, 10, 2, merge="add")
    nodes, edges = model_graph(model)
    assert len([source for source, target in edges if target == "merge"]) == 2
    assert ("categorical_projection", "merge") in edges
    assert {node["id"] for node in nodes if node["type"] == "Input"} == {"numeric", "categorical"}
    assert sum(node["parameters"] for node in nodes) == model.count_params()


def nested():
    inputs = keras.Input((6,), name="in")
    body_in = keras.Input((6,), name="body_in")
    hidden = keras.layers.Dense(6, name="hidden")(body_in)
    body = keras.Model(body_in, keras.layers.Add(name="sum")([body_in, hidden]), name="body")
    chain = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, name="head")], name="chain")
    return keras.Model(inputs, chain(body(inputs)))


def test_nested_models_are_opened():
    nodes, edges = model_graph(nested())
    assert edges == [("in", "body/hidden"), ("in", "body/sum"), ("body/hidden", "body/sum"), ("body/sum", "chain/head")]
    assert by_id(nodes)["body/hidden"]["group"] == "body"


def test_nested_models_stay_closed_on_request():
    model = nested()
    nodes, edges = model_graph(model, expand_nested=False)
    assert edges == [("in", "body"), ("body", "chain")]
    assert by_id(nodes)["body"]["parameters"] == 42
    assert by_id(nodes)["chain"]["shape"] == "2"


def test_a_shared_layer_is_counted_once():
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    shared = keras.layers.Dense(3, name="shared")
    model = keras.Model([left, right], keras.layers.Concatenate(name="both")([shared(left), shared(right)]))
    nodes, edges = model_graph(model)
    assert edges == [("left", "shared"), ("right", "shared#2"), ("shared", "both"), ("shared#2", "both")]
    assert [by_id(nodes)[name]["parameters"] for name in ("shared", "shared#2")] == [15, 0]


def test_operations_that_are_no_layers():
    inputs = keras.Input((4,), name="in")
    model = keras.Model(inputs, keras.ops.relu(inputs) * 2.0 + inputs)
    nodes, edges = model_graph(model)
    assert len(nodes) == 4
    assert len(edges) == 4
    assert sum(node["parameters"] for node in nodes) == 0


def test_what_has_no_graph():
    class Free(keras.Model):
        def call(self, inputs):
            return inputs

    model = Free(name="free")
    model(keras.ops.ones((1, 2)))
    with pytest.raises(ValueError, match=r"the graph of 'free' \(Free\) cannot be known"):
        model_graph(model)
    with pytest.raises(ValueError, match="the model is not built"):
        model_graph(keras.Sequential([keras.layers.Dense(1)]))
