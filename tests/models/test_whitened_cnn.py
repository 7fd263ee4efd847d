"""The network of the fast trainings: what is fixed, what starts as the identity, which sizes it takes."""

import keras
import numpy as np
import pytest

from atolye.models import whitened_cnn

IMAGES = np.random.default_rng(0).integers(0, 256, (64, 12, 12, 3), dtype="uint8")


def small(shape=(12, 12, 3), **options):
    return whitened_cnn(shape, 4, **{"widths": (24, 32)} | options)


def test_parameters_by_hand():
    model = whitened_cnn((32, 32, 3), 10, widths=(64, 256, 256))
    convolutions = 9 * (24 * 64 + 64 * 64 + 64 * 256 + 3 * 256 * 256)
    shifts, statistics = 2 * (64 + 256 + 256), 4 * (64 + 256 + 256)
    assert sum(np.prod(w.shape) for w in model.trainable_weights) == convolutions + shifts + 24 + 257 * 10
    assert sum(np.prod(w.shape) for w in model.non_trainable_weights) == 2 * 2 * 3 * 24 + statistics


def test_maps_are_halved_after_the_first_convolution_of_a_stage():
    model = whitened_cnn((32, 32, 3), 10, widths=(8, 8, 8))
    sides = [
        model.get_layer(f"stage_{stage}_{number}_conv").output.shape[1] for stage in (1, 2, 3) for number in (1, 2)
    ]
    assert sides == [31, 15, 15, 7, 7, 3]


def test_the_first_convolution_whitens_and_never_trains():
    model = small()
    layer = model.get_layer("whitening")
    layer.adapt(IMAGES)
    patches = np.array(layer(IMAGES)).reshape(-1, 24)[:, :12]
    np.testing.assert_allclose(np.cov(patches, rowvar=False), np.eye(12), atol=0.02)
    assert [weight.name for weight in layer.trainable_weights] == ["bias"]


def test_kernels_start_as_the_identity():
    kernel = np.array(small().get_layer("stage_1_2_conv").kernel)
    np.testing.assert_array_equal(kernel[1, 1], np.eye(24))
    assert np.abs(kernel).sum() == 24


def test_one_set_of_weights_takes_every_size():
    any_size, fixed = small((None, None, 3)), small()
    fixed.set_weights(any_size.get_weights())
    np.testing.assert_array_equal(any_size(IMAGES), fixed(IMAGES))
    assert any_size(IMAGES[:, :9, :9]).shape == (64, 4)


def test_the_answer_starts_unsure():
    model = small()
    model.get_layer("whitening").adapt(IMAGES)
    np.testing.assert_allclose(np.array(model(IMAGES)), 1 / 4, atol=0.1)


def test_saved_and_loaded_it_answers_the_same(tmp_path):
    model = small(convolutions=3, activation="silu", dropout=0.1, l2=1e-3)
    model.get_layer("whitening").adapt(IMAGES)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(IMAGES), model(IMAGES))
    assert len(model.losses) == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": (8, 32, 3)},
            "^Received images of 8 x 32 pixels; expected at least 9 x 9, since the first convolution takes 1 pixel, "
            "and each of 3 widths halves the image. Enlarge the images or give fewer widths.$",
        ),
        (
            {"input_shape": (None, 32, 3)},
            r"^Received input_shape=\(None, 32, 3\); expected \(height, width, channels\)",
        ),
        ({"convolutions": 0}, "^Received convolutions=0; expected a whole number of 1 or more. 2 is the paper's.$"),
        ({"logit_scale": 0}, "^Received logit_scale=0; expected a factor above 0, such as 0.0625.$"),
        ({"widths": ()}, r"^Received widths=\(\)"),
        ({"dropout": 1.0}, "^Received dropout=1.0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        whitened_cnn(**{"input_shape": (32, 32, 3), "num_classes": 10} | arguments)
