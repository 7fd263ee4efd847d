import numpy as np
import pytest

from atolye.layers import BatchNormalization, normalization_layer

IMAGES = np.random.default_rng(0).normal(3.0, 2.0, (4, 5, 5, 32)).astype("float32")


def test_batch_is_the_fused_layer_with_momentum_for_short_trainings():
    layer = normalization_layer("batch", 32)
    assert type(layer) is BatchNormalization
    assert layer.momentum == 0.9


def test_none_is_none():
    assert normalization_layer("none", 32) is None


@pytest.mark.parametrize(("norm", "groups"), [("layer", 1), ("group", 4)])
def test_each_image_by_itself(norm, groups):
    layer = normalization_layer(norm, 32)
    outputs = layer(IMAGES)
    parts = IMAGES.reshape(4, 5, 5, groups, 32 // groups)
    mean, variance = (f(parts, axis=(1, 2, 4), keepdims=True) for f in (np.mean, np.var))
    expected = ((parts - mean) / np.sqrt(variance + 1e-3)).reshape(IMAGES.shape)
    np.testing.assert_allclose(outputs, expected, atol=1e-4)
    np.testing.assert_allclose(layer(IMAGES[:1]), outputs[:1], atol=1e-5)  # alone as among others
    assert layer.count_params() == 2 * 32


@pytest.mark.parametrize(("channels", "groups"), [(64, 8), (12, 2), (4, 1), (7, 1), (11, 11), (1, 1)])
def test_groups_are_of_8_channels_or_the_most_that_divide(channels, groups):
    assert normalization_layer("group", channels).groups == groups


def test_unknown_norm():
    message = (
        "Received norm='instance'; expected one of 'batch', 'layer', 'group', 'none'. Pass 'none' for no normalization."
    )
    with pytest.raises(ValueError, match=message):
        normalization_layer("instance", 32)
