"""The contract, for every technique: one rule, three ways, nothing else changed."""

import keras
import numpy as np
import pytest
from keras import ops

from atolye.augment import (
    AlternatingFlip,
    Augmentation,
    Brightness,
    Contrast,
    CutMix,
    Cutout,
    Flip,
    MixUp,
    PadAndCrop,
    Policy,
    RandomErasing,
    Rotation,
    Translation,
    Zoom,
    policy,
)

BYTES, UNIT = (0, 255), (0.0, 1.0)
BUILD = {
    "flip": lambda span: Flip(),
    "flip_vertical": lambda span: Flip("vertical", probability=0.3),
    "alternating_flip": lambda span: AlternatingFlip(span),
    "pad_and_crop": lambda span: PadAndCrop(3),
    "crop": lambda span: PadAndCrop(1, size=(10, 13)),
    "rotation": lambda span: Rotation(40, probability=0.7),
    "zoom": lambda span: Zoom(0.6),
    "translation": lambda span: Translation(0.4),
    "brightness": lambda span: Brightness(0.5, value_range=span),
    "contrast": lambda span: Contrast(0.8, value_range=span, probability=0.5),
    "cutout": lambda span: Cutout(0.5, value_range=span, probability=0.8),
    "random_erasing": lambda span: RandomErasing(value_range=span, probability=0.9),
    "mix_up": lambda span: MixUp(5, alpha=0.4),
    "cut_mix": lambda span: CutMix(5, probability=0.8),
    "policy": lambda span: Policy([*policy("strong", (12, 14), value_range=span).steps, CutMix(5)]),
    "too_strong": lambda span: policy("too_strong", (12, 14), value_range=span),
}
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (20, 12, 14, 3), dtype="uint8")
LABELS = RANDOM.integers(0, 5, 20)


def images(span):
    return IMAGES if span == BYTES else IMAGES.astype("float32") / 255


def draws_for(technique):
    return np.random.default_rng(1).random((20, 1 + technique.num_draws), dtype=np.float32)


@pytest.mark.parametrize("span", [BYTES, UNIT])
@pytest.mark.parametrize("name", BUILD)
def test_arrays_and_tensors_come_out_alike(name, span):
    technique, given = BUILD[name](span), images(span)
    draws, epoch = draws_for(technique), 1
    arrays, labels = technique.on_arrays(given, LABELS, draws, epoch)
    tensors, soft = technique.on_tensors(ops.convert_to_tensor(given), ops.convert_to_tensor(LABELS), draws, epoch)
    tensors = ops.convert_to_numpy(tensors)
    assert arrays.dtype == tensors.dtype == given.dtype
    difference = np.abs(arrays.astype("float64") - tensors)
    assert difference.max() <= (1 if span == BYTES else 1e-4)
    # Rounding of what lies half way between two levels may differ; more may not.
    assert (difference > 1e-4).mean() < 0.01
    np.testing.assert_allclose(labels, ops.convert_to_numpy(soft), atol=1e-6)
    assert (arrays != given).any() if arrays.shape == given.shape else True


@pytest.mark.parametrize("name", BUILD)
def test_a_generator_decides_and_inputs_stay_as_they_were(name):
    technique, before = BUILD[name](BYTES), IMAGES.copy()
    first, second, other = (
        technique.augment(IMAGES, LABELS, generator=np.random.default_rng(seed))[0] for seed in (3, 3, 4)
    )
    assert np.array_equal(first, second) and np.array_equal(IMAGES, before)
    assert name == "alternating_flip" or (first != other).any()
    assert not np.shares_memory(first, IMAGES)


@pytest.mark.parametrize("name", BUILD)
def test_its_config_makes_it_again(name):
    technique = BUILD[name](BYTES)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(technique))
    assert type(again) is type(technique) and again.get_config() == technique.get_config()
    draws = draws_for(technique)
    for mine, theirs in zip(*(each.on_arrays(IMAGES, LABELS, draws, 0) for each in (technique, again)), strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("name", [name for name in BUILD if name != "crop"])
def test_as_a_layer_it_is_off_at_prediction_and_on_in_training(name):
    technique = BUILD[name](BYTES)
    given = (IMAGES, LABELS) if technique.needs_labels else IMAGES
    still = technique(given, training=False)
    changed = technique(given, training=True)
    if technique.needs_labels:
        np.testing.assert_array_equal(still[1], np.eye(5)[LABELS])
        np.testing.assert_allclose(ops.sum(changed[1], axis=1), 1, rtol=1e-6)
        still, changed = still[0], changed[0]
    assert np.array_equal(still, IMAGES)
    assert not np.array_equal(changed, IMAGES)
    assert np.array_equal(technique(given)[0] if technique.needs_labels else technique(given), IMAGES)


def test_in_a_model_it_trains_predicts_and_comes_back_from_the_file(tmp_path):
    inputs = keras.Input((12, 14, 3), dtype="uint8")
    x = policy("strong", (12, 14, 3), value_range=BYTES)(inputs)
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(x))
    model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x))
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    model.fit(IMAGES, LABELS, batch_size=10, verbose=0)
    plain = keras.Model(model.layers[-3].input, model.output)
    answers = model.predict(IMAGES, verbose=0)
    np.testing.assert_allclose(answers, plain.predict(IMAGES.astype("float32"), verbose=0), rtol=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again.predict(IMAGES, verbose=0), answers, rtol=1e-6)


def test_in_mixed_precision_pixels_keep_their_digits():
    given = IMAGES.astype("float32") / 255
    layer = Brightness(0.1, value_range=UNIT, dtype="mixed_bfloat16")
    assert keras.backend.standardize_dtype(layer(given, training=True).dtype) == "float32"


@pytest.mark.parametrize(
    "make",
    [
        lambda p: Flip(probability=p),
        lambda p: Cutout(value_range=BYTES, probability=p),
        lambda p: MixUp(3, probability=p),
        lambda p: Rotation(probability=p),
    ],
)
@pytest.mark.parametrize("probability", [-0.1, 1.5, float("nan")])
def test_probabilities_outside_zero_and_one(make, probability):
    with pytest.raises(ValueError, match=r"^Received probability=.*; expected a share of the images from 0 to 1\.$"):
        make(probability)


@pytest.mark.parametrize("name", ["flip", "mix_up", "policy"])
def test_a_single_image_is_refused_not_passed_through(name):
    technique = BUILD[name](BYTES)
    message = "received images of shape (.*); expected a batch, .batch, height, width, channels.. Batch first"
    with pytest.raises(ValueError, match=message):
        technique.augment(IMAGES[0], LABELS[:1], generator=np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        technique((IMAGES[0], LABELS[:1]), training=True)


def test_probability_is_the_share_that_is_changed():
    grey = np.full((4000, 2, 2, 1), 100, "uint8")
    changed = Brightness(1, value_range=BYTES, probability=0.25).augment(grey, generator=np.random.default_rng(0))
    assert (changed[:, 0, 0, 0] != 100).mean() == pytest.approx(0.25, abs=0.03)
    assert np.array_equal(Flip(probability=0).augment(IMAGES, generator=np.random.default_rng(0)), IMAGES)


def test_a_technique_of_ones_own_needs_two_methods():
    class Black(Augmentation):
        num_draws = 0

        def change_arrays(self, images, draws):
            return np.zeros_like(images)

    changed = Black(probability=0.5).augment(IMAGES, generator=np.random.default_rng(0))
    assert 0 < (changed == 0).all(axis=(1, 2, 3)).sum() < 20
    with pytest.raises(NotImplementedError):
        Black()(IMAGES, training=True)
