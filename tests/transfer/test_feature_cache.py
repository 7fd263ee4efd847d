"""Cached features are what the network gives, found again, computed anew when in doubt, and train the same."""

import keras
import numpy as np
import pytest
from keras import layers

from atolye.augment import Flip, MixUp, PadAndCrop, Policy
from atolye.data import Split, batches
from atolye.layers import BatchNormalization, MCDropout
from atolye.transfer import InferenceMode, PickView, cache_bytes, cache_features, cut, feature_cache, fold_batch_norm

IMAGES = np.random.default_rng(0).integers(0, 256, (22, 8, 8, 3)).astype("uint8")
TARGETS = np.arange(22) % 3
SPLIT = Split(IMAGES, TARGETS, np.arange(22).astype(str))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path))
    return tmp_path / "features"


@pytest.fixture
def passes(monkeypatch):
    """Count how often the network is run over a split."""
    calls = []
    plain = feature_cache.compile_pass
    monkeypatch.setattr(feature_cache, "compile_pass", lambda *arguments: calls.append(1) or plain(*arguments))
    return calls


def network(*, last="answer"):
    """Two residual blocks, the first with drop-out, and an answer; statistics as after a training."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3), name="image")
    x = layers.Rescaling(1 / 128, offset=-1, name="rescaling")(inputs)
    for number in (1, 2):
        y = layers.Conv2D(6, 3, padding="same", name=f"block{number}_conv")(x)
        y = BatchNormalization(name=f"block{number}_bn")(y)
        y = layers.Dropout(0.5 if number == 1 else 0.0, name=f"block{number}_dropout")(layers.ReLU()(y))
        x = layers.Add(name=f"block{number}_add")([y, layers.Conv2D(6, 1, name=f"block{number}_skip")(x)])
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax", name="answer")(x))
    random = np.random.default_rng(1)
    for number in (1, 2):
        norm = model.get_layer(f"block{number}_bn")
        norm.moving_mean.assign(random.normal(0, 0.3, 6))
        norm.moving_variance.assign(random.uniform(0.5, 1.5, 6))
    return model


def parts(name="block1_add"):
    return cut(network(), name)


def test_float32_features_are_the_networks_own_and_mapped():
    prefix, suffix = parts()
    told = []
    options = {"batch_size": 5, "dtype": "float32", "progress": lambda done, total: told.append((done, total))}
    features = cache_features(prefix, SPLIT, **options)
    assert isinstance(features.inputs, np.memmap) and features.inputs.shape == (22, 8, 8, 6)
    np.testing.assert_array_equal(features.targets, TARGETS)
    np.testing.assert_allclose(features.inputs, prefix(IMAGES), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(suffix(features.inputs), network()(IMAGES), rtol=1e-5, atol=1e-6)
    assert told == [(5, 22), (10, 22), (15, 22), (20, 22), (22, 22)]
    cache_features(prefix, SPLIT, **options)
    assert told[-1] == (22, 22) and len(told) == 6


def test_folded_float16_features_answer_nearly_alike():
    prefix, suffix = parts("pool")
    features = cache_features(fold_batch_norm(prefix), SPLIT)
    assert features.inputs.dtype == np.float16 and features.inputs.shape == (22, 6)
    expected = np.asarray(prefix(IMAGES))
    assert np.abs(features.inputs - expected).max() < 1e-3 * np.abs(expected).max()
    np.testing.assert_allclose(suffix(features.inputs), network()(IMAGES), rtol=1e-3)


def test_the_need_is_known_before(folder):
    prefix, _ = parts()
    assert cache_bytes(prefix, 22) == 22 * 8 * 8 * 6 * 2
    assert cache_bytes(prefix, 22, views=3, dtype="float32") == 22 * 3 * 8 * 8 * 6 * 4
    cache_features(prefix, SPLIT)
    assert [path.stat().st_size for path in folder.glob("*/features.raw")] == [22 * 8 * 8 * 6 * 2]


def test_features_are_found_again_and_made_anew_when_anything_changed(passes, tmp_path):
    prefix, _ = parts()
    cache_features(prefix, SPLIT)
    cache_features(parts()[0], SPLIT, batch_size=7)  # another object, the same network
    assert len(passes) == 1
    cache_features(prefix, SPLIT, folder=tmp_path / "elsewhere")
    prefix.get_layer("block1_conv").bias.assign(np.ones(6))
    changed = cache_features(prefix, SPLIT, dtype="float32")
    np.testing.assert_allclose(changed.inputs, prefix(IMAGES), rtol=1e-6, atol=1e-6)
    cache_features(prefix, SPLIT.take(slice(0, 20)))
    assert len(passes) == 4


@pytest.mark.parametrize("damage", [lambda data: data[:-2], lambda data: data[:9] + b"!" + data[10:]])
def test_damaged_features_are_computed_anew(folder, passes, damage):
    prefix, _ = parts()
    expected = np.array(cache_features(prefix, SPLIT).inputs)
    (path,) = folder.glob("*/features.raw")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.warns(RuntimeWarning, match="computed anew"):
        features = cache_features(prefix, SPLIT)
    np.testing.assert_array_equal(features.inputs, expected)
    assert len(passes) == 2
    cache_features(prefix, SPLIT)
    assert len(passes) == 2


def test_an_interrupted_pass_leaves_no_file_and_is_made_again(folder):
    prefix, _ = parts()

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache_features(prefix, SPLIT, batch_size=8, progress=interrupt)
    assert list(folder.iterdir()) == []
    assert len(cache_features(prefix, SPLIT)) == 22


def test_views_depend_on_seed_and_view_alone():
    prefix, _ = parts()
    policy = Policy([PadAndCrop(2), Flip()])
    two = cache_features(prefix, SPLIT, augment=policy, views=2, batch_size=5)
    three = cache_features(prefix, SPLIT, augment=policy, views=3, batch_size=22)
    assert three.inputs.shape == (22, 3, 8, 8, 6)
    np.testing.assert_allclose(two.inputs, three.inputs[:, :2], rtol=2e-3, atol=1e-3)
    assert np.abs(three.inputs[:, 0] - three.inputs[:, 1]).max() > 0.1
    other = cache_features(prefix, SPLIT, augment=policy, views=2, seed=1)
    assert np.abs(other.inputs - two.inputs).max() > 0.1
    (images, targets), *_ = batches(three, 8, shuffle=True, augment=PickView())
    assert images.shape == (8, 8, 8, 6) and targets.shape == (8,)
    # A view is the features of the image that the policy makes.
    changed = policy.augment(IMAGES, generator=np.random.default_rng([0, 1, 2]), epoch=1)
    np.testing.assert_allclose(two.inputs[:, 1], prefix(changed), rtol=2e-3, atol=2e-3)


def test_cached_and_uncached_training_have_the_same_losses():
    def losses(cached):
        model = network()
        prefix, suffix = cut(model, "block1_add")
        prefix.trainable = False
        if cached:
            data, training = cache_features(fold_batch_norm(prefix), SPLIT, dtype="float32"), suffix
        else:
            inputs = keras.Input((8, 8, 3))
            data, training = SPLIT, keras.Model(inputs, suffix(InferenceMode(prefix)(inputs)))
        training.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
        history = training.fit(batches(data, 6, shuffle=True), epochs=4, shuffle=False, verbose=0).history["loss"]
        return np.array(history), np.asarray(model(IMAGES))

    (one, answers), (other, others) = losses(True), losses(False)
    assert one[0] - one[-1] > 0.01
    np.testing.assert_allclose(one, other, rtol=1e-3)
    np.testing.assert_allclose(answers, others, rtol=1e-2)


def scaled(factor, shape=(8, 8, 3)):
    inputs = keras.Input(shape, name="image")
    return keras.Model(inputs, layers.Rescaling(factor, name="louder")(inputs), name="scaled")


def test_numbers_that_float16_cannot_keep_are_refused(folder):
    message = """the layer 'louder' gives values above 65504, .* Pass dtype="float32", which takes twice"""
    with pytest.raises(ValueError, match=message):
        cache_features(scaled(1000.0), SPLIT)
    assert list(folder.iterdir()) == []
    assert cache_features(scaled(1000.0), SPLIT, dtype="float32").inputs.max() > 65504
    with pytest.raises(ValueError, match="'louder' gives values that are no finite numbers"):
        cache_features(scaled(float("nan")), SPLIT, dtype="float32")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "bfloat16"}, "Received dtype='bfloat16'; expected 'float16' or 'float32'"),
        ({"batch_size": 0}, "batch_size must be at least 1; received 0"),
        ({"views": 2}, "Received views=2 with augment=None"),
        ({"views": 0, "augment": Flip()}, "Received views=0"),
        ({"augment": MixUp(3)}, "augment=MixUp, which mixes images and their labels"),
        (
            {"prefix": scaled(1.0, (9, 8, 3))},
            r"inputs of shape \(8, 8, 3\) for the prefix 'scaled', which takes \(9, 8",
        ),
        ({"prefix": scaled(1.0, (None, None, 3))}, r"outputs of shape \(None, None, None, 3\).*whose sides are known"),
    ],
)
def test_errors(folder, options, message):
    with pytest.raises(ValueError, match=message):
        cache_features(options.pop("prefix", scaled(1.0)), SPLIT, **options)
    assert not folder.exists()


def test_a_prefix_that_draws_at_inference_is_refused():
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, MCDropout(0.5, name="drawn")(inputs))
    with pytest.raises(ValueError, match="the layer 'drawn' of the prefix draws random numbers at inference"):
        cache_features(model, SPLIT)
