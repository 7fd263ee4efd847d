import keras
import numpy as np
import pytest
from keras import ops

from atolye.layers import Whitening, whitening_weights


def photographs(count=40, side=9, channels=3):
    """Random pictures whose neighbouring pixels and channels are alike, in bytes."""
    random = np.random.default_rng(0)
    fine = random.normal(size=(count, side + 2, side + 2, channels))
    smooth = sum(fine[:, y : y + side, x : x + side] for y in range(3) for x in range(3))
    mixed = smooth @ random.normal(size=(channels, channels))
    return np.clip(110 + 14 * mixed, 0, 255).astype("uint8")


def patches_by_hand(images, height, width):
    rows, columns = images.shape[1] - height + 1, images.shape[2] - width + 1
    windows = [images[:, y : y + height, x : x + width] for y in range(rows) for x in range(columns)]
    return np.concatenate(windows).reshape(len(images) * rows * columns, -1).astype("float64")


@pytest.mark.parametrize("size", [2, 3, (1, 2)])
@pytest.mark.parametrize("scale", [1, 1 / 255])
def test_whitened_patches_have_identity_covariance(size, scale):
    images = photographs() if scale == 1 else (photographs() * scale).astype("float32")
    kernel, bias = whitening_weights(images, size, epsilon=0)
    height, width, channels, filters = kernel.shape
    half = filters // 2
    assert half == height * width * channels
    outputs = patches_by_hand(images, height, width) @ kernel.reshape(-1, filters) + bias
    np.testing.assert_allclose(np.cov(outputs[:, :half], rowvar=False, bias=True), np.eye(half), atol=2e-3)
    np.testing.assert_allclose(outputs[:, :half].mean(axis=0), 0, atol=2e-3)
    np.testing.assert_array_equal(outputs[:, half:], -outputs[:, :half])


def test_epsilon_is_a_share_of_a_pixels_variance():
    images = photographs()
    values = np.linalg.eigvalsh(np.cov(patches_by_hand(images, 2, 2), rowvar=False, bias=True))[::-1]
    kernel, _ = whitening_weights(images, 2, epsilon=0.1)
    expected = 1 / (values + 0.1 * values.mean())  # eigenvectors have length 1
    np.testing.assert_allclose(np.square(kernel[..., :12]).sum(axis=(0, 1, 2)), expected, rtol=1e-4)
    # Another scale of the pixels gives the same outputs.
    smaller, _ = whitening_weights((images / 255).astype("float32"), 2, epsilon=0.1)
    np.testing.assert_allclose(smaller, 255 * kernel, rtol=2e-3, atol=1e-3 * 255 * np.abs(kernel).max())


def test_many_blocks_give_what_one_gives(monkeypatch):
    images = photographs()
    kernel, bias = whitening_weights(images)
    monkeypatch.setattr("atolye.layers.whitening.BLOCK_IMAGES", 7)
    for ours, theirs in zip(whitening_weights(images), (kernel, bias), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_the_layer_whitens_bytes_and_trains_its_bias_only(tmp_path):
    images = photographs()
    model = keras.Sequential([keras.Input((9, 9, 3), dtype="uint8"), Whitening(2, name="stem")])
    stem = model.get_layer("stem")
    stem.adapt(images, epsilon=0)
    rows = ops.convert_to_numpy(model(images)).reshape(-1, 24)[:, :12]
    np.testing.assert_allclose(np.cov(rows, rowvar=False, bias=True), np.eye(12), atol=5e-3)
    stem.trainable = True
    assert [variable.name for variable in model.trainable_variables] == ["bias"]
    assert model.count_params() == 2 * 12 * 12 + 24
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(images), again(images))
    assert [variable.name for variable in again.trainable_variables] == ["bias"]


def test_in_mixed_precision_it_keeps_its_digits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = Whitening(3)
    finally:
        keras.config.set_dtype_policy("float32")
    assert layer.compute_dtype == "float32"


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (
            np.zeros((4, 8, 8)),
            {},
            r"^Received images of shape \(4, 8, 8\); expected .* Pass a batch of training images",
        ),
        (np.zeros((4, 1, 8, 3)), {}, r"^Received images of shape \(4, 1, 8, 3\); expected .* at least 2 x 2 pixels"),
        (np.full((4, 8, 8, 3), 7.0), {}, "^Received images that are all one colour"),
        ([[1, 2], [3, 4]], {}, r"^Received images of shape \(2, 2\); expected"),
        (np.full((4, 8, 8, 3), np.nan), {}, "^Received images with values that are not finite; expected numbers."),
        (photographs(2), {"epsilon": -1}, "^Received epsilon=-1; expected 0 or more"),
        (photographs(2), {"kernel_size": 0}, "^Received kernel_size=0; expected a whole number of 1 or more"),
    ],
)
def test_refuses(images, options, message):
    with pytest.raises(ValueError, match=message):
        whitening_weights(images, **options)


def test_grey_pictures_of_three_channels_need_an_epsilon():
    grey = np.repeat(photographs(channels=1), 3, axis=3).astype("float32")
    kernel, _ = whitening_weights(grey)
    assert np.isfinite(kernel).all()
    with pytest.raises(ValueError, match="^Received epsilon=0 for images whose patches hardly vary in some direction"):
        whitening_weights(grey, epsilon=0)
