"""What the tests of the blocks share."""

import keras
import numpy as np
import pytest


@pytest.fixture
def randomize():
    """Give a built layer random, non-trivial weights; those of the moving variance positive."""

    def fill(layer, seed=0):
        random = np.random.default_rng(seed)
        layer.set_weights([random.uniform(0.1, 0.6, weight.shape) for weight in layer.weights])
        return layer

    return fill


@pytest.fixture
def assert_equals_twin(randomize):
    """Compare a block with a model written by hand from Keras's layers: outputs and weights, training or not.

    `make` takes the input tensor and returns the output tensor and the layers in the order of the block's weights.
    """

    def compare(block, input_shape, make):
        inputs = keras.Input(input_shape)
        outputs, layers = make(inputs)
        twin = keras.Model(inputs, outputs)
        images = np.random.default_rng(1).normal(size=(3, *input_shape)).astype("float32")
        block.build((None, *input_shape))
        values = randomize(block).get_weights()
        assert [value.shape for value in values] == [weight.shape for layer in layers for weight in layer.weights]
        assert len(values) == len(twin.weights)
        rest = iter(values)
        for layer in layers:
            layer.set_weights([next(rest) for _ in layer.weights])
        for training in (False, True, False):
            ours, theirs = block(images, training=training), twin(images, training=training)
            assert np.ptp(theirs) > 0.1
            np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)
        after = [weight.numpy() for layer in layers for weight in layer.weights]
        assert any(not np.array_equal(old, new) for old, new in zip(values, after, strict=True))  # moving statistics
        for mine, expected in zip(block.get_weights(), after, strict=True):
            np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-5)

    return compare
