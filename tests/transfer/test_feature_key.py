"""Equal keys for equal features, whatever Keras numbers its layers; other keys for all else."""

import keras
import numpy as np
import pytest
from keras import layers

from atolye.augment import Flip, PadAndCrop, Policy
from atolye.transfer.feature_key import feature_key, key_digest

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3)).astype("uint8")


def network(*, filters=4, activation="relu", name=None):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(filters, 3, padding="same")(inputs)
    inner = keras.Sequential([keras.Input((8, 8, filters)), layers.Activation(activation, name=name)])
    return keras.Model(inputs, keras.ops.flip(layers.Add()([x, inner(x)]), axis=-1))


def key(model=None, inputs=IMAGES, **options):
    settings = {"augment": None, "views": 1, "seed": 0, "dtype": "float16"} | options
    return key_digest(feature_key(model or network(), inputs, **settings))


def test_a_network_built_again_has_the_same_key():
    first, second = network(), network()
    assert first.layers[1].name != second.layers[1].name
    assert key(first) == key(second)
    assert key(first, IMAGES.copy()) == key(first)
    policies = [Policy([Flip(), PadAndCrop(2)]) for _ in range(2)]
    assert policies[0].name != policies[1].name
    assert key(first, augment=policies[0]) == key(first, augment=policies[1])


def test_the_key_changes_with_all_that_features_depend_on():
    model = network()
    changed = IMAGES.copy()
    changed[-1, -1, -1, -1] ^= 1
    flip = {"augment": Flip(), "views": 2}
    keys = [
        key(model),
        key(network(filters=5)),
        # Layers named as their activation: the name does not count, what they do does.
        key(network(activation="relu", name="relu")),
        key(network(activation="tanh", name="tanh")),
        key(model, changed),
        key(model, IMAGES[:-1]),
        key(model, IMAGES.view("int8")),
        key(model, dtype="float32"),
        key(model, **flip),
        key(model, augment=Flip("vertical"), views=2),
        key(model, augment=Policy([Flip()]), views=2),
        key(model, augment=Flip(), views=3),
        key(model, **flip, seed=1),
    ]
    model.layers[1].kernel.assign(model.layers[1].kernel + 1e-6)
    keys.append(key(model))
    assert keys[0] == keys[2]
    assert len(set(keys)) == len(keys) - 1


def test_the_seed_counts_only_where_something_is_drawn():
    model = network()
    assert key(model, seed=0) == key(model, seed=1)


def test_an_augmentation_that_hides_its_settings_is_refused():
    with pytest.raises(ValueError, match=r"augment=object, which has no get_config\(\)"):
        feature_key(network(), IMAGES, augment=object(), views=2, seed=0, dtype="float16")
