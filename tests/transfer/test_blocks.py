"""Blocks are whole: a backbone can be cut after each of them, and computes the same from there."""

import keras
import numpy as np
import pytest

from atolye.models import backbone, resnet
from atolye.transfer import find_blocks

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("uint8")


def names(model):
    return [block.name for block in find_blocks(model)]


@pytest.mark.parametrize(
    ("name", "count", "some"),
    [
        ("vgg16", 6, ["stem", "block1", "block5"]),
        ("resnet50", 17, ["stem", "conv2_block1", "conv5_block3"]),
        ("mobilenet-v2", 19, ["stem", "expanded_conv", "block_1", "block_16", "top"]),
        ("efficientnet-b0", 18, ["stem", "block1a", "block7a", "top"]),
        ("efficientnet-lite0", 18, ["stem", "block1a", "block4c", "block7a", "top"]),
    ],
)
def test_every_layer_is_in_one_block_and_a_cut_severs_nothing_else(name, count, some):
    model = backbone(name, (32, 32, 3), weights=None)
    blocks = find_blocks(model)
    assert len(blocks) == count and set(some) <= {block.name for block in blocks}
    assert [layer.name for block in blocks for layer in block.layers] == [layer.name for layer in model.layers]
    for before, after in zip(blocks[1:], blocks[2:], strict=False):
        # Keras refuses this where a path from the input leads around the cut.
        keras.Model(before.output, after.output)


def test_a_network_cut_after_a_block_computes_the_same():
    model = backbone("efficientnet-lite0", (32, 32, 3), weights=None)
    cut = find_blocks(model)[9].output
    prefix, suffix = keras.Model(model.input, cut), keras.Model(cut, model.output)
    np.testing.assert_allclose(suffix(prefix(IMAGES)), model(IMAGES), rtol=1e-5, atol=1e-6)


def test_atolyes_own_networks():
    found = names(resnet(20, (32, 32, 3), 10))
    assert found == ["stem", *(f"stage_{stage}_block_{block}" for stage in (1, 2, 3) for block in (1, 2, 3)), "top"]


def test_a_model_without_blocks_is_refused():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2, name="answer")])
    with pytest.raises(
        ValueError, match="without a layer named as one of a block; expected names such as 'block2a_conv'"
    ):
        find_blocks(model)
