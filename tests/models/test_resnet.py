"""The published parameter counts, the shapes on the way, plain twins, files and refusals."""

import keras
import numpy as np
import pytest

from atolye.layers import BasicBlock, BottleneckBlock
from atolye.models import resnet


def trained(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(
    ("depth", "side", "classes", "expected"),
    [
        (18, 224, 1000, 11_689_512),
        (34, 224, 1000, 21_797_672),
        (50, 224, 1000, 25_557_032),
        (20, 32, 10, 269_722),
        (56, 32, 10, 853_018),
    ],
)
def test_published_parameter_counts(depth, side, classes, expected):
    model = resnet(depth, input_shape=(side, side, 3), num_classes=classes, kernel_initializer="zeros")
    assert trained(model) == expected
    assert model.output_shape == (None, classes)
    last = model.get_layer("pool").input.shape[1:3]
    assert last == ((7, 7) if side == 224 else (8, 8))  # a thirty-second and a quarter


@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
def test_the_papers_millions_by_hand(depth, millions):
    """Table 6 of the paper, from its recipe: n blocks a stage, ways around without parameters."""
    n = (depth - 2) // 6
    convolutions = 9 * (3 * 16 + 2 * n * 16 * 16)
    convolutions += 9 * (16 * 32 + (2 * n - 1) * 32 * 32)
    convolutions += 9 * (32 * 64 + (2 * n - 1) * 64 * 64)
    norms = 2 * (16 * (2 * n + 1) + 32 * 2 * n + 64 * 2 * n)
    total = convolutions + norms + 65 * 10
    assert total == {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}[depth]
    assert total / 1e6 == pytest.approx(millions, rel=0.02)


@pytest.mark.parametrize(
    ("depth", "shape", "widths", "block", "shapes"),
    [
        (18, (40, 33, 3), (8, 8, 16, 16), BasicBlock, [(10, 9, 8), (5, 5, 8), (3, 3, 16), (2, 2, 16)]),
        (50, (64, 64, 1), (4, 4, 4, 8), BottleneckBlock, [(16, 16, 16), (8, 8, 16), (4, 4, 16), (2, 2, 32)]),
        (20, (8, 8, 1), (4, 8, 16), BasicBlock, [(8, 8, 4), (4, 4, 8), (2, 2, 16)]),
    ],
)
def test_shapes_of_the_stages(depth, shape, widths, block, shapes):
    model = resnet(depth, shape, 3, widths=widths)
    blocks = [layer for layer in model.layers if layer.name.startswith("stage")]
    assert all(type(layer) is block for layer in blocks)
    first = [layer for layer in blocks if layer.name.endswith("_block_1")]
    assert [layer.output.shape[1:] for layer in first] == shapes


def test_plain_network_has_the_same_weights_and_no_way_around():
    plain, residual = (resnet(20, (8, 8, 3), 3, widths=(4, 4, 8), shortcut=way) for way in ("none", None))
    assert (plain.name, residual.name) == ("plain_20", "resnet_20")
    assert [weight.shape for weight in plain.weights] == [weight.shape for weight in residual.weights]
    plain.set_weights(residual.get_weights())
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3))
    outputs = [np.asarray(model(images)) for model in (plain, residual)]
    np.testing.assert_allclose(np.sum(outputs, axis=-1), 1.0, rtol=1e-5)
    assert np.abs(outputs[0] - outputs[1]).max() > 0.01


def test_options_reach_the_layers_and_the_file(tmp_path):
    model = resnet(
        20, (8, 8, 1), 2, widths=(4, 8, 8), norm="group", activation="elu", dropout=0.3, l2=0.5, shortcut="projection"
    )
    assert model.output_shape == (None, 1)
    assert len(model.losses) == 19 + 2  # every convolution, the two projections too
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model._flatten_layers())
    model.save(tmp_path / "model.keras")
    images = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 1))
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(images), model(images))


def test_bad_words():
    with pytest.raises(ValueError, match="^Received norm='bach'; expected one of"):
        resnet(20, (8, 8, 1), 3, norm="bach")
    with pytest.raises(ValueError, match="^Received shortcut='skip'; expected one of"):
        resnet(20, (8, 8, 1), 3, shortcut="skip")
