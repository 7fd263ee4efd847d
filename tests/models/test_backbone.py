"""Each backbone gets its pixels as it was trained, whatever its weights came from, and says what is missing."""

import keras
import numpy as np
import pytest

from atolye.layers import BatchNormalization, Conv2D, DepthwiseConv2D
from atolye.models import BACKBONES, backbone

IMAGES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("uint8")
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def standardized(images):
    return (images / 255 - MEAN) / DEVIATION


PREPROCESSED = {
    "vgg16": keras.applications.vgg16.preprocess_input,
    "vgg19": keras.applications.vgg19.preprocess_input,
    "resnet50": keras.applications.resnet.preprocess_input,
    "mobilenet-v2": keras.applications.mobilenet_v2.preprocess_input,
    "efficientnet-b0": standardized,
    "efficientnet-b4": standardized,
    "efficientnet-v2-b0": standardized,
    "convnext-tiny": standardized,
    "efficientnet-lite0": lambda images: (images - 127) / 128,
}


def into_the_network(model):
    """Return the pixels as the first layer that filters or pads them receives them."""
    if model.name == "convnext_tiny":
        outputs = model.layers[1].output  # the stem is a model of its own
    else:
        kinds = (keras.layers.Conv2D, keras.layers.ZeroPadding2D)
        outputs = next(layer for layer in model.layers if isinstance(layer, kinds)).input
    return np.asarray(keras.Model(model.input, outputs)(IMAGES))


@pytest.fixture(scope="module")
def mobilenet():
    keras.utils.set_random_seed(0)
    return backbone("mobilenet-v2", (32, 32, 3), weights=None)


@pytest.mark.parametrize("name", [name for name in BACKBONES if name != "efficientnet-b4"])  # b4 is a deeper b0
def test_pixels_reach_the_network_as_it_was_trained(name):
    model = backbone(name, (32, 32, 3), weights=None)
    assert model.name == name.replace("-", "_") and model.input.name == "image"
    assert len(model.output_shape) == 4 and model.output_shape[1:3] == (1, 1)
    expected = PREPROCESSED[name](IMAGES.astype("float32"))
    np.testing.assert_allclose(into_the_network(model), expected, rtol=1e-5, atol=1e-5)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert all(type(norm) is BatchNormalization for norm in norms)
    assert bool(norms) == (not name.startswith(("vgg", "convnext")))
    filtered = [layer for layer in model.layers if isinstance(layer, keras.layers.DepthwiseConv2D)]
    assert all(type(layer) is DepthwiseConv2D for layer in filtered)
    assert bool(filtered) == name.startswith(("mobilenet", "efficientnet"))
    plain = (layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    assert all(type(layer) in (Conv2D, DepthwiseConv2D) for layer in plain)


def test_faster_layers_change_no_number(mobilenet):
    plain = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(32, 32, 3))
    plain.set_weights(mobilenet.get_weights())
    pixels = PREPROCESSED["mobilenet-v2"](IMAGES.astype("float32"))
    np.testing.assert_allclose(mobilenet(IMAGES), plain(pixels), rtol=1e-4, atol=1e-5)


def test_a_saved_model_predicts_the_same_from_bytes_and_lends_its_weights(mobilenet, tmp_path):
    path = tmp_path / "mine.keras"
    mobilenet.save(path)
    expected = np.asarray(mobilenet(IMAGES))
    np.testing.assert_array_equal(np.asarray(keras.saving.load_model(path)(IMAGES)), expected)
    lent = backbone("mobilenet-v2", (32, 32, 3), weights=path)
    np.testing.assert_array_equal(np.asarray(lent(IMAGES)), expected)


def test_weights_files_that_do_not_fit(mobilenet, tmp_path):
    path = tmp_path / "mine.weights.h5"
    mobilenet.save_weights(path)
    with pytest.raises(ValueError, match="could not be loaded into vgg16"):
        backbone("vgg16", (32, 32, 3), weights=path)
    with pytest.raises(FileNotFoundError, match="no such file"):
        backbone("vgg16", (32, 32, 3), weights=tmp_path / "absent.weights.h5")


def test_blue_comes_first_in_a_saved_model_too(tmp_path):
    model = backbone("vgg16", (32, 32, 3), weights=None)
    first = keras.Model(model.input, model.get_layer("block1_conv1").input)
    first.save(tmp_path / "first.keras")
    again = keras.saving.load_model(tmp_path / "first.keras")
    expected = keras.applications.vgg16.preprocess_input(IMAGES.astype("float32"))
    np.testing.assert_allclose(again(IMAGES), expected, atol=1e-4)


def test_a_file_of_imagenet_weights_does_not_change_efficientnets_pixels(tmp_path):
    # As in Keras's own file: the deviation stands where its square belongs.
    source = keras.applications.EfficientNetB0(weights=None, include_top=False, input_shape=(32, 32, 3))
    normalization = next(layer for layer in source.layers if isinstance(layer, keras.layers.Normalization))
    normalization.load_own_variables({"0": MEAN, "1": DEVIATION, "2": np.array(0)})
    source.save_weights(tmp_path / "b0.weights.h5")
    model = backbone("efficientnet-b0", (32, 32, 3), weights=tmp_path / "b0.weights.h5")
    np.testing.assert_allclose(into_the_network(model), standardized(IMAGES), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(model.get_layer("top_conv").kernel, source.get_layer("top_conv").kernel)


def test_without_network_and_cache_the_offline_choice_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))
    expected = "weights of mobilenet-v2 are not in Keras's cache and could not be downloaded .*'efficientnet-lite0'"
    with pytest.raises(ConnectionError, match=expected) as caught:
        backbone("mobilenet-v2", (32, 32, 3))
    assert "\n" not in str(caught.value)


def test_names_are_forgiving_and_the_nearest_is_named():
    assert backbone("EfficientNet_Lite0", (32, 32, 3), weights=None).name == "efficientnet_lite0"
    expected = (
        r"^Received backbone 'resnet5'; expected one of vgg16, .*, efficientnet-lite0\. Did you mean 'resnet50'\?$"
    )
    with pytest.raises(ValueError, match=expected):
        backbone("resnet5")
    with pytest.raises(ValueError, match="Received images of 28 x 28 pixels; expected at least 32 x 32, since vgg16"):
        backbone("vgg16", (28, 28, 3))


@pytest.mark.parametrize("name", ["efficientnet-lite0", "mobilenet-v2"])
def test_a_backbone_on_a_tensor_is_one_flat_model_from_its_source(name):
    image = keras.Input((16, 16, 3), name="image")
    model = backbone(name, weights=None, input_tensor=keras.layers.Resizing(32, 32, name="larger")(image))
    assert model.input_shape == (None, 16, 16, 3) and model.output_shape[1:3] == (1, 1)
    assert [layer.name for layer in model.layers[:2]] == ["image", "larger"]
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    assert all(len(layer._inbound_nodes) == 1 for layer in model.layers)  # so that each has one output
    with pytest.raises(ValueError, match="16 x 16 pixels; expected at least 32 x 32"):
        backbone(name, weights=None, input_tensor=image)
