import keras
import numpy as np
import pytest

from atolye.models import preact_resnet


def trained(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def test_as_many_parameters_as_the_first_kind_for_cifar():
    assert trained(preact_resnet(20, (32, 32, 3), 10, kernel_initializer="zeros")) == 269_722


def by_hand(stem, blocks, widths, classes):
    """Count a network of bottlenecks: norms are on what comes in, the last one on four times the last width."""
    total, channels = stem, widths[0]
    for number, filters in zip(blocks, widths, strict=True):
        for block in range(number):
            total += channels * filters + 13 * filters**2 + 2 * (channels + 2 * filters)
            total += 4 * channels * filters if block == 0 else 0
            channels = 4 * filters
    return total + 2 * channels + (channels + 1) * classes


def test_parameters_of_bottlenecks():
    assert by_hand(9 * 3 * 16, (18, 18, 18), (16, 32, 64), 10) == 1_703_258  # depth 164: 1.7 million in the paper
    expected = by_hand(49 * 3 * 64, (3, 4, 6, 3), (64, 128, 256, 512), 1000)
    model = preact_resnet(50, (224, 224, 3), 1000, kernel_initializer="zeros")
    assert trained(model) == expected == 25_549_352


def test_first_block_activates_its_way_around_and_the_last_is_activated():
    model = preact_resnet(20, (8, 8, 1), 3, widths=(4, 4, 8))
    blocks = [layer for layer in model.layers if layer.name.startswith("stage")]
    # Where the shape changes, too: here in the first blocks of stages 2 and 3.
    assert [index for index, block in enumerate(blocks) if block.is_shared] == [0, 3, 6]
    assert [type(layer).__name__ for layer in model.layers[-4:]] == [
        "BatchNormalization",
        "Activation",
        "GlobalAveragePooling2D",
        "Dense",
    ]
    stem = model.get_layer("stem")
    assert (stem.use_bias, stem.activation) == (False, keras.activations.linear)


def test_large_images(tmp_path):
    model = preact_resnet(18, (33, 33, 3), 2, widths=(8, 8, 8, 16), norm="none", activation="leaky_relu", l2=0.5)
    assert model.get_layer("pool").input.shape == (None, 2, 2, 16)
    assert len(model.losses) == 17 + 3  # every convolution, the three projections too
    model.save(tmp_path / "model.keras")
    images = np.random.default_rng(0).integers(0, 256, (2, 33, 33, 3))
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(images), model(images))


def test_bad_depth():
    with pytest.raises(ValueError, match="^Received depth=19; expected one of 20, 32"):
        preact_resnet(19, (32, 32, 3), 10)
