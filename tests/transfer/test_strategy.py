"""What trains under each strategy, and what batch normalization does under each policy."""

import keras
import numpy as np
import pytest

from atolye.models import backbone, resnet
from atolye.transfer import apply_strategy, find_blocks

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3)).astype("uint8")
NORMS = keras.layers.BatchNormalization


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return backbone("efficientnet-lite0", (32, 32, 3), weights=None)


def trained(model):
    """Return the names of the blocks of which a weight trains."""
    return [block.name for block in find_blocks(model) if any(layer.trainable_weights for layer in block.layers)]


def moved(model):
    """Return the names of the normalizations whose statistics a training step's forward pass moves."""
    norms = [layer for layer in model.layers if isinstance(layer, NORMS)]
    before = [np.array(norm.moving_mean) for norm in norms]
    model(IMAGES, training=True)
    moves = [norm.name for norm, mean in zip(norms, before, strict=True) if not np.array_equal(norm.moving_mean, mean)]
    for norm, mean in zip(norms, before, strict=True):
        norm.moving_mean.assign(mean)
    return moves


def test_feature_extraction_trains_nothing_and_is_the_same_in_training(model):
    assert apply_strategy(model, "feature_extraction", batch_norm="train") == ()
    assert model.trainable_weights == [] and moved(model) == []
    np.testing.assert_array_equal(np.asarray(model(IMAGES, training=True)), np.asarray(model(IMAGES)))


def test_partial_trains_whole_blocks_from_the_end(model):
    assert apply_strategy(model, "partial", blocks=2) == ("block7a", "top")
    assert trained(model) == ["block7a", "top"]
    layers = {layer.name for layer in model.layers if layer.trainable_weights}
    assert layers == {"block7a_expand_conv", "block7a_dwconv", "block7a_project_conv", "top_conv"}
    assert apply_strategy(model, "partial", blocks=17)[0] == "block1a"


def test_full_trains_all_and_a_later_strategy_forgets_the_earlier(model):
    apply_strategy(model, "feature_extraction")
    names = apply_strategy(model, "full", batch_norm="train")
    assert names == tuple(block.name for block in find_blocks(model))
    expected = [weight for layer in model.layers for weight in layer.weights if "moving" not in weight.path]
    assert len(model.trainable_weights) == len(expected)


@pytest.mark.parametrize(
    ("policy", "weights", "moves"),
    [
        ("freeze", {"kernel"}, []),
        ("statistics", {"kernel"}, ["top_bn"]),
        ("train", {"kernel", "gamma", "beta"}, ["top_bn"]),
    ],
)
def test_policies_of_batch_normalization(model, policy, weights, moves):
    apply_strategy(model, "partial", blocks=1, batch_norm=policy)
    assert {weight.name for weight in model.trainable_weights} == weights
    assert moved(model) == moves


def test_normalization_inside_composite_layers_obeys_too():
    network = resnet(20, (16, 16, 3), 3)
    apply_strategy(network, "full", batch_norm="freeze")
    norms = [part for part in network._flatten_layers() if isinstance(part, NORMS)]
    assert len(norms) > 5 and not any(norm.trainable_weights for norm in norms)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strategy": "half"}, "Received strategy='half'; expected one of 'feature_extraction', 'partial', 'full'"),
        ({"strategy": "full", "batch_norm": "on"}, "Received batch_norm='on'; expected one of 'freeze', 'statistics'"),
        ({"strategy": "full", "blocks": 2}, "blocks=2 with strategy='full'.*; expected None"),
        ({"strategy": "partial"}, r"blocks=None .* from 1 to 17, since there are 18 blocks \(stem, block1a ... top\)"),
        ({"strategy": "partial", "blocks": 0}, "blocks=0 .* To train none take 'feature_extraction'"),
        ({"strategy": "partial", "blocks": 18}, "blocks=18 .* to train all 'full'"),
        ({"strategy": "partial", "blocks": 1.5}, "blocks=1.5 .* expected a whole number"),
    ],
)
def test_errors(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        apply_strategy(model, **arguments)
