"""The layer that is chosen by itself, in ten families of networks and in models of every build; named outputs."""

import keras
import numpy as np
import pytest

from atolye.explain.hook.structure import structure_of
from atolye.models import cnn, vgg_small

L = keras.layers
A = keras.applications


def structure(model, size=32, channels=3):
    return structure_of(model, np.zeros((1, size, size, channels), "float32"))


# The other families take long to build; benchmarks/explain.py tries ten.
@pytest.mark.parametrize(
    ("build", "options", "layer"),
    [
        (A.MobileNetV2, {"alpha": 0.35}, "out_relu"),
        (A.MobileNetV3Small, {"include_preprocessing": False}, "activation_"),
    ],
)
def test_the_trunk_of_known_networks_ends_where_it_should(build, options, layer):
    model = build(weights=None, input_shape=(64, 64, 3), **options)
    chosen = structure(model, 64).layer(None)
    assert chosen.startswith(layer)


def test_own_networks_end_in_their_last_block():
    model = cnn((32, 32, 3), 3, widths=(4, 8))
    assert structure(model).layer(None) == [layer.name for layer in model.layers if "activation" in layer.name][-1]
    assert structure(vgg_small((32, 32, 3), 3, widths=(4, 8))).layer(None) == "stage_2_block_2/act"


def test_pooling_dropout_padding_and_preparation_are_passed_over():
    body = [L.Rescaling(1 / 255), L.Conv2D(3, 3, name="conv"), L.MaxPooling2D(), L.ZeroPadding2D(), L.Dropout(0.5)]
    inner = keras.Sequential([keras.Input((8, 8, 1)), *body], name="inner")
    model = keras.Sequential([keras.Input((8, 8, 1)), inner, L.Dropout(0.5), L.Flatten(), L.Dense(2)])
    assert structure(model, 8, 1).layer(None) == "inner/conv"


def test_an_operation_that_is_no_layer_can_end_the_trunk():
    inputs = keras.Input((8, 8, 1))
    x = keras.ops.relu(L.Conv2D(2, 3, name="conv")(inputs))
    model = keras.Model(inputs, L.GlobalAveragePooling2D()(x))
    assert "relu" in structure(model, 8, 1).layer(None).lower()


def test_names_of_layers_and_their_refusals():
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3, name="conv"), L.Flatten(name="flat"), L.Dense(2)])
    found = structure(model, 8, 1)
    assert found.layer("conv") == "conv"
    with pytest.raises(ValueError, match=r"layer 'flat' has shape \(72,\), which is no picture; .* one of: conv\."):
        found.layer("flat")
    with pytest.raises(ValueError, match="has no layer 'cnov'. Did you mean 'conv'?"):
        found.layer("cnov")


def test_no_picture_at_all():
    model = keras.Sequential([keras.Input((4, 4, 1)), L.Rescaling(2.0), L.Flatten(), L.Dense(2)], name="dense")
    with pytest.raises(
        ValueError, match="Model 'dense' has no layer whose output is a picture .* integrated_gradients"
    ):
        structure(model, 4, 1).layer(None)


def test_outputs_by_name():
    inputs = keras.Input((4, 4, 1))
    flat = L.Flatten()(inputs)
    kind, size = L.Dense(3, "softmax", name="kind")(flat), L.Dense(1, name="size")(flat)
    for outputs in ([kind, size], {"kind": kind, "size": size}):
        found = structure(keras.Model(inputs, outputs, name="two"), 4, 1)
        assert {name: (out.shape, out.activation) for name, out in found.outputs.items()} == {
            "kind": ((3,), "softmax"),
            "size": ((1,), None),
        }
        assert found.output("size") == found.output(1) == "size"
        with pytest.raises(ValueError, match="Model 'two' has the outputs kind, size; received none. Choose output="):
            found.output(None)
    single = structure(keras.Sequential([keras.Input((4, 4, 1)), L.Flatten()]), 4, 1)
    assert single.output(None) in single.outputs
    with pytest.raises(ValueError, match="received 'kind'"):
        single.output("kind")
