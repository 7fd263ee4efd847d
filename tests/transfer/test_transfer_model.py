"""One flat model from raw images."""

import keras
import numpy as np
import pytest

from atolye.models import backbone
from atolye.train.dtype_policy import dtype_policy
from atolye.transfer import transfer_model

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 16, 24, 3)).astype("uint8")


@pytest.fixture(scope="module")
def built():
    keras.utils.set_random_seed(0)
    return transfer_model("efficientnet-lite0", (16, 24, 3), 3, side=32)


def test_images_are_enlarged_and_seen_by_the_pretrained_network(built):
    assert not any(isinstance(layer, keras.Model) for layer in built.model.layers)
    resized = keras.layers.Resizing(32, 48)(IMAGES.astype("float32"))
    expected = backbone("efficientnet-lite0", (32, 48, 3))(resized, training=False)
    np.testing.assert_allclose(built.backbone(IMAGES), expected, rtol=1e-4, atol=1e-4)
    head = built.model.get_layer("probabilities")
    pooled = np.asarray(expected).mean(axis=(1, 2))
    logits = pooled @ np.asarray(head.kernel) + np.asarray(head.bias)
    answers = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(built.model(IMAGES), answers, rtol=1e-3, atol=1e-5)


def test_a_saved_model_is_the_same(built, tmp_path):
    built.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    answers = np.asarray(built.model(IMAGES, training=False))
    for model in (loaded, built.model):  # called as it is, nothing trains: the resizing layer's own default is not told
        np.testing.assert_array_equal(np.asarray(model(IMAGES)), answers)
        np.testing.assert_array_equal(np.asarray(model(IMAGES, training=False)), answers)


def test_grey_images_and_the_size_that_is_there():
    with dtype_policy("mixed_bfloat16"):
        built = transfer_model("efficientnet-lite0", (32, 32, 1), 2, weights=None)
    names = [layer.name for layer in built.model.layers]
    assert names[:3] == ["image", "three_channels", "rescaling"]
    assert names[-3:] == ["pool", "dropout", "probability"]
    assert built.model.output_shape == (None, 1)
    computing = {layer.compute_dtype for layer in built.model.layers[-3:]}
    assert computing == {"float32"} and built.model.get_layer("top_conv").compute_dtype == "bfloat16"


def test_errors():
    with pytest.raises(ValueError, match="16 x 16 pixels; expected at least 32 x 32"):
        transfer_model("efficientnet-lite0", (16, 16, 3), 3)
    with pytest.raises(ValueError, match="Did you mean 'vgg16'"):
        transfer_model("vg16", (32, 32, 3), 3)
