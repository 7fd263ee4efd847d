"""What Basic, Bottleneck and PreAct blocks do alike: ways around, squeeze-and-excitation, refusals."""

import numpy as np
import pytest

from atolye.layers import BasicBlock, BottleneckBlock, PreActBlock

IMAGES = np.random.default_rng(0).normal(size=(2, 6, 6, 8)).astype("float32")
every_block = pytest.mark.parametrize("block", [BasicBlock, BottleneckBlock, PreActBlock])


@every_block
@pytest.mark.parametrize("norm", ["layer", "none"])
def test_without_a_way_around_the_branch_alone_is_left(block, norm, randomize):
    plain, residual = (block(8, norm=norm, strides=2, shortcut=shortcut) for shortcut in ("none", "zero_pad"))
    for layer in (plain, residual):
        layer.build(IMAGES.shape)
    residual.set_weights(randomize(plain).get_weights())  # as many, of the same shapes
    difference = np.asarray(residual(IMAGES)) - np.asarray(plain(IMAGES))
    assert np.abs(difference[..., :8]).max() > 0.1
    np.testing.assert_allclose(difference[..., 8:], 0, atol=1e-5)  # where the way around has zeros


@every_block
def test_zero_branch_leaves_the_input(block):
    filters = 2 if block is BottleneckBlock else 8
    layer = block(filters, kernel_initializer="zeros")
    expected = IMAGES if block is PreActBlock else np.maximum(IMAGES, 0)
    np.testing.assert_allclose(layer(IMAGES), expected, atol=1e-6)


@every_block
def test_squeeze_excite_ends_the_branch(block):
    filters = 2 if block is BottleneckBlock else 8
    layer = block(filters, squeeze_excite=4)
    layer.build(IMAGES.shape)
    assert layer.branch[-1].name == "squeeze_excite"
    assert layer.count_params() - _parameters(block(filters)) == 2 * 8 * 2 + 2 + 8


def _parameters(block):
    block.build(IMAGES.shape)
    return block.count_params()


@every_block
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"strides": 0}, "^Received strides=0; expected a whole number of 1 or more"),
        (
            {"shortcut": "identity"},
            "^Received shortcut='identity'; expected one of 'projection', 'zero_pad', 'none'. Pass",
        ),
        (
            {"squeeze_excite": -1},
            "^Received squeeze_excite=-1; expected a whole number: a ratio of 1 or more, or 0 for",
        ),
        ({"squeeze_excite": 1.5}, r"^Received squeeze_excite=1\.5; expected a whole number"),
        (
            {"strides": 6},
            "^Received images of 6 x 6 pixels with strides=6 x 6, which leaves 1 x 1; expected 2 x 2 or more to be "
            "left, since on a single pixel a 3 x 3 filter sees padding. Take larger images, smaller strides or",
        ),
        ({"filters": 1, "shortcut": "zero_pad"}, "^Received filters=[14] on 8 channels; expected 8 or more"),
    ],
)
def test_bad_arguments(block, arguments, message):
    with pytest.raises(ValueError, match=message):
        block(**{"filters": 8} | arguments)(IMAGES)
