"""Frozen normalizations vanish into convolutions that train: same outputs, same gradients, same weights after it."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from atolye.layers import Conv2D, DepthwiseConv2D
from atolye.models import backbone
from atolye.train.dtype_policy import dtype_policy
from atolye.transfer import apply_strategy, fold_frozen_norms

IMAGES = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype("float32")
LABELS = np.arange(8) % 4


def shaken(model):
    """Give every normalization weights and statistics of its own, as training would."""
    random = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            for variable in layer.weights:
                low = -0.5 if variable.name in ("beta", "moving_mean") else 0.5
                variable.assign(random.uniform(low, low + 1, variable.shape))
    return model


def folded_norms(model):
    return [layer.name for layer in model.layers if isinstance(layer, layers.Identity)]


def all_kinds():
    """Build a small model with every kind of convolution and normalization that is folded."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(layers.Rescaling(1 / 255)(inputs))
    x = layers.ReLU(6.0)(layers.BatchNormalization(name="plain")(x))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", bias_initializer="ones")(x)
    x = layers.BatchNormalization(scale=False, name="no_scale")(x)
    x = layers.Conv2D(5, 1, bias_initializer="ones")(layers.ReLU()(x))
    x = layers.BatchNormalization(center=False, name="no_shift")(x)
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    return shaken(keras.Model(inputs, layers.Dense(4, activation="softmax", dtype="float32")(x)))


def frozen(model):
    for layer in model.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    return model


def test_outputs_are_the_same_and_weights_are_shared():
    model = frozen(all_kinds())
    folded = fold_frozen_norms(model)
    assert folded_norms(folded) == ["plain", "no_scale", "no_shift"]
    np.testing.assert_allclose(folded(IMAGES), model(IMAGES), atol=1e-6)
    assert {id(weight) for weight in folded.weights} == {id(weight) for weight in model.weights}
    assert [weight.path for weight in folded.trainable_weights] == [weight.path for weight in model.trainable_weights]


def test_by_hand():
    inputs = keras.Input((1, 1, 1))
    outputs = layers.BatchNormalization(epsilon=0.0)(layers.Conv2D(1, 1, use_bias=False)(inputs))
    model = keras.Model(inputs, outputs)
    kernel, gamma, beta, mean, variance = model.weights[0], *model.layers[2].weights
    for variable, value in zip((kernel, gamma, beta, mean, variance), (3.0, 10.0, 5.0, 1.0, 4.0), strict=True):
        variable.assign(np.full(variable.shape, value))
    folded = fold_frozen_norms(frozen(model))
    # (3 x 2 - 1) / sqrt(4) x 10 + 5 = 30: as a kernel of 15 and a bias of 0.
    assert float(ops.squeeze(folded(np.full((1, 1, 1, 1), 2.0)))) == pytest.approx(30.0)


def moved_by_training(fold, policy):
    """Train for three updates and return by how much each weight moved, in one row."""
    keras.utils.set_random_seed(0)
    with dtype_policy(policy):
        model = frozen(all_kinds())
    before = [np.array(weight) for weight in model.weights]
    trained = fold(model)
    trained.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", jit_compile=False)
    trained.fit(IMAGES, LABELS, epochs=3, batch_size=8, verbose=0)
    return np.concatenate([(np.array(now) - then).ravel() for now, then in zip(model.weights, before, strict=True)])


def test_training_one_is_training_the_other():
    plain, folded = (moved_by_training(fold, "float32") for fold in (lambda model: model, fold_frozen_norms))
    assert np.abs(plain).max() > 0.01
    np.testing.assert_allclose(folded, plain, atol=1e-6)
    # Rounded to bfloat16 they differ from each other, and neither more than the other from float32.
    rounded, folded = (moved_by_training(fold, "mixed_bfloat16") for fold in (lambda model: model, fold_frozen_norms))
    error = np.linalg.norm(folded - plain) / np.linalg.norm(plain)
    assert error < max(0.1, 1.5 * np.linalg.norm(rounded - plain) / np.linalg.norm(plain)), error


@pytest.mark.parametrize("name", ["efficientnet-lite0", "resnet50", "mobilenetv2"])
def test_backbones_fold_wholly_where_their_norms_are_frozen(name):
    keras.utils.set_random_seed(0)
    model = shaken(backbone(name, (32, 32, 3), weights=None))
    apply_strategy(model, "full", batch_norm="freeze")
    norms = [layer.name for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    folded = fold_frozen_norms(model)
    assert folded_norms(folded) == norms
    expected = np.asarray(model(IMAGES))
    np.testing.assert_allclose(folded(IMAGES), expected, atol=1e-4 * np.abs(expected).max())


def test_a_normalization_that_trains_stays():
    model = all_kinds()
    model.get_layer("plain").trainable = False
    folded = fold_frozen_norms(model)
    assert folded_norms(folded) == ["plain"]
    assert folded.get_layer("no_scale") is model.get_layer("no_scale")


def test_what_does_more_than_its_arithmetic_stays():
    class Louder(layers.Conv2D):
        def call(self, inputs):
            return 2 * super().call(inputs)

    inputs = keras.Input((8, 8, 3))
    x = layers.BatchNormalization(name="behind_a_class_of_ones_own")(Louder(4, 3)(inputs))
    x = layers.BatchNormalization(name="behind_a_penalty")(layers.Conv2D(4, 1, activity_regularizer="l2")(x))
    model = frozen(shaken(keras.Model(inputs, x)))
    folded = fold_frozen_norms(model)
    assert not folded_norms(folded)
    np.testing.assert_array_equal(folded(IMAGES[:, :8, :8]), model(IMAGES[:, :8, :8]))


def test_it_can_be_saved_while_it_trains_and_loaded(tmp_path):
    folded = fold_frozen_norms(frozen(all_kinds()))
    folded.save(tmp_path / "folded.keras")
    loaded = keras.saving.load_model(tmp_path / "folded.keras")
    np.testing.assert_array_equal(loaded(IMAGES), folded(IMAGES))
    assert [weight.shape for weight in loaded.trainable_weights] == [w.shape for w in folded.trainable_weights]


def test_atolyes_own_layers_train_the_same_in_bfloat16():
    """On images of 8 pixels `Conv2D` and `DepthwiseConv2D` compute their gradients in ways of their own."""

    def build():
        inputs = keras.Input((8, 8, 8))
        x = DepthwiseConv2D(5, strides=2, padding="same", use_bias=False)(inputs)
        x = Conv2D(16, 1, use_bias=False)(layers.ReLU(6.0)(layers.BatchNormalization()(x)))
        x = Conv2D(16, 3, padding="same", use_bias=False)(layers.ReLU(6.0)(layers.BatchNormalization()(x)))
        x = layers.GlobalAveragePooling2D(dtype="float32")(layers.BatchNormalization()(x))
        return frozen(shaken(keras.Model(inputs, x)))

    images = np.random.default_rng(3).normal(size=(4, 8, 8, 8)).astype("float32")
    found = {}
    for policy in ("float32", "mixed_bfloat16"):
        for name, fold in {"plain": lambda model: model, "folded": fold_frozen_norms}.items():
            keras.utils.set_random_seed(0)
            with dtype_policy(policy):
                model = build()
            before = [np.array(weight) for weight in model.trainable_weights]
            trained = fold(model)
            trained.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
            trained.train_on_batch(images, np.ones((4, 16), "float32"))
            moved = [np.array(now) - then for now, then in zip(model.trainable_weights, before, strict=True)]
            found[policy, name] = np.concatenate([part.ravel() for part in moved])
    exact = found["float32", "plain"]
    np.testing.assert_allclose(found["float32", "folded"], exact, atol=1e-6)
    for name in ("plain", "folded"):
        assert np.linalg.norm(found["mixed_bfloat16", name] - exact) < 0.05 * np.linalg.norm(exact)


def test_a_sequential_model_is_refused():
    with pytest.raises(ValueError, match=r"\(Sequential\); expected a Functional model"):
        fold_frozen_norms(keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3)]))


def test_where_nothing_is_folded_the_model_is_returned():
    model = all_kinds()
    assert fold_frozen_norms(model) is model
