"""Paths of nested layers, and the layer that a name means."""

import keras
import pytest

from atolye.explain.hook.layer_paths import find_path, named_layers

L = keras.layers


def nested():
    inner = keras.Sequential([keras.Input((4, 4, 1)), L.Conv2D(2, 1, name="conv")], name="inner")
    middle = keras.Sequential([keras.Input((4, 4, 1)), inner], name="middle")
    inputs = keras.Input((4, 4, 1), name="image")
    return keras.Model(inputs, keras.ops.relu(middle(inputs)), name="outer")


def test_paths_go_as_deep_as_the_model():
    paths = list(named_layers(nested()))
    assert paths == ["middle", "middle/inner", "middle/inner/conv"]
    with_operations = named_layers(nested(), operations=True)
    assert [path for path in with_operations if "relu" in path.lower()]  # no layer: an operation of the graph


def test_a_name_is_found_by_its_end():
    paths = ["stem", "body/conv", "body/twice", "head/twice"]
    assert find_path("conv", paths, model="net") == "body/conv"
    assert find_path("body/twice", paths, model="net") == "body/twice"
    with pytest.raises(ValueError, match="Model 'net' has several layers 'twice'; choose one of: body/twice, head/tw"):
        find_path("twice", paths, model="net")


@pytest.mark.parametrize("name", ["body/cnv", "cnov"])
def test_the_nearest_is_named(name):
    with pytest.raises(ValueError, match=f"Model 'net' has no layer '{name}'. Did you mean 'body/conv'?"):
        find_path(name, ["stem", "body/conv"], model="net")
    with pytest.raises(ValueError, match="has no layer 'xyz'. Expected one of: stem, body/conv."):
        find_path("xyz", ["stem", "body/conv"], model="net")
