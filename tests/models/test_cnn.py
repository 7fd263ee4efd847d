"""The cnn takes the sizes that the project has, learns, and refuses what it cannot take."""

import keras
import numpy as np
import pytest

from atolye.layers import BatchNormalization
from atolye.models import cnn


@pytest.mark.parametrize(
    ("input_shape", "last_map"),
    [((28, 28, 1), 3), ((8, 8, 1), 1), ((32, 32, 3), 4), ((96, 96, 3), 6), ((63, 63, 3), 7), ((64, 64, 3), 4)],
)
def test_sizes(input_shape, last_map):
    model = cnn(input_shape, 10, widths=(16, 16, 16))
    pooling = next(layer for layer in model.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D))
    assert pooling.input.shape == (None, last_map, last_map, 16)
    outputs = model(np.zeros((2, *input_shape), np.uint8))
    np.testing.assert_allclose(np.sum(outputs, axis=1), 1.0, rtol=1e-5)


def test_parameters_by_hand():
    # Convolutions without bias 3*3*cin*cout, four numbers a channel for each normalization, and the Dense head.
    convolutions = 9 * (1 * 32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128)
    assert cnn((28, 28, 1), 10).count_params() == convolutions + 4 * 2 * (32 + 64 + 128) + 129 * 10


def test_normalization_is_ours_with_momentum_for_short_trainings():
    norms = [layer for layer in cnn((8, 8, 1), 3).layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert len(norms) == 6
    assert all(type(norm) is BatchNormalization and norm.momentum == 0.9 for norm in norms)


@pytest.mark.parametrize(("num_classes", "task"), [(2, "classification"), (0, "regression")])
def test_one_unit_for_two_classes_and_regression(num_classes, task):
    assert cnn((8, 8, 1), num_classes, widths=(16,), task=task).output_shape == (None, 1)


def test_bytes_and_floats_in_0_to_255_mean_the_same():
    model = cnn((8, 8, 1), 3, widths=(16,))
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1)).astype(np.uint8)
    np.testing.assert_array_equal(model.predict(images, verbose=0), model.predict(images.astype("float32"), verbose=0))
    rescaling = model.layers[1]
    np.testing.assert_allclose(rescaling(images.astype("float32")), images / 255, rtol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_learns_to_tell_stripes(policy):
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 240)
    images = random.integers(0, 100, (240, 8, 8, 1)).astype(np.uint8)
    images[labels == 1, ::2] += 100
    images[labels == 2, :, ::2] += 100
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = cnn((8, 8, 1), 3, widths=(16, 32))
    finally:
        keras.config.set_dtype_policy(before)
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(images[:200], labels[:200], epochs=8, batch_size=25, verbose=0)
    outputs = model.predict(images[200:], verbose=0)
    assert outputs.dtype == np.float32
    assert (outputs.argmax(1) == labels[200:]).mean() > 0.9


def test_saved_model_predicts_the_same(tmp_path):
    model = cnn((8, 8, 3), 2, widths=(16,), activation="leaky_relu")
    model.save(tmp_path / "model.keras")
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3)).astype(np.uint8)
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict(images, verbose=0), model.predict(images, verbose=0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (7, 9, 1)}, "Received images of 7 x 9 pixels; expected at least 8 x 8 for 3 widths.*Enlarge"),
        ({"input_shape": (28, 28)}, r"expected \(height, width, channels\), without the batch"),
        ({"input_shape": (None, None, 3)}, r"expected \(height, width, channels\), without the batch"),
        ({"widths": ()}, r"widths=\(\); expected one or more"),
        ({"dropout": 1.0}, "dropout=1.0; expected a share"),
        ({"l2": -0.1}, "l2=-0.1; expected 0 or more"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        cnn(**{"input_shape": (28, 28, 1), "num_classes": 10} | arguments)
