"""A folded network gives the same outputs with its normalization gone, and folds nothing that it may not."""

import keras
import numpy as np
import pytest
from keras import layers

from atolye.models import backbone, efficientnet_lite0
from atolye.transfer import fold_batch_norm

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3)).astype("uint8")


def norms(model):
    return [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]


def shake(model):
    """Give every normalization weights and statistics of its own, as training would."""
    random = np.random.default_rng(1)
    for norm in norms(model):
        for variable in norm.weights:
            low = -0.5 if variable.name in ("beta", "moving_mean") else 0.5
            variable.assign(random.uniform(low, low + 1, variable.shape))


def same(folded, model, images=IMAGES):
    expected = np.asarray(model(images))
    error = np.abs(np.asarray(folded(images)) - expected).max() / np.abs(expected).max()
    assert error < 1e-4, error


def test_the_pretrained_network_folds_wholly():
    model = efficientnet_lite0((64, 64, 3), include_top=False)
    before = [np.array(weight) for weight in model.weights]
    folded = fold_batch_norm(model)
    assert len(norms(model)) == 49 and not norms(folded)
    assert [layer.name for layer in folded.layers] == [layer.name for layer in model.layers]
    assert not folded.trainable_weights
    same(folded, model)
    for weight, values in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, values)


@pytest.mark.parametrize("name", ["resnet50", "efficientnet-b0"])
def test_keras_networks_fold_wholly(name):
    keras.utils.set_random_seed(0)
    model = backbone(name, (64, 64, 3), weights=None)
    shake(model)
    folded = fold_batch_norm(model)
    assert norms(model) and not norms(folded)
    same(folded, model)


def test_what_may_not_be_folded_stays():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, name="seen_twice")(inputs)
    y = layers.BatchNormalization(name="stays_1")(x)
    x = layers.Add()([x, y])
    x = layers.Conv2D(4, 3, activation="relu", name="not_linear")(x)
    x = layers.BatchNormalization(name="stays_2")(x)
    x = layers.Conv2D(4, 3, name="pooled")(x)
    x = layers.BatchNormalization(name="stays_3")(layers.MaxPooling2D()(x))
    x = layers.DepthwiseConv2D(1, depth_multiplier=2, name="two_each")(x)
    x = layers.BatchNormalization(scale=False, name="goes_1")(x)
    x = layers.Conv2D(5, 1, use_bias=True, bias_initializer="ones")(x)
    x = layers.BatchNormalization(center=False, name="goes_2")(x)
    model = keras.Model(inputs, x)
    shake(model)
    folded = fold_batch_norm(model)
    assert sorted(norm.name for norm in norms(folded)) == ["stays_1", "stays_2", "stays_3"]
    assert isinstance(folded.get_layer("goes_1"), layers.Identity)
    same(folded, model, np.random.default_rng(2).normal(size=(3, 8, 8, 3)).astype("float32"))


def test_a_sequential_model_is_refused():
    with pytest.raises(ValueError, match=r"\(Sequential\); expected a Functional model"):
        fold_batch_norm(keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3)]))
