"""Feature maps and filters by hand, in nested models and composite layers, and as figures."""

import keras
import numpy as np
import pytest

from atolye.explain import feature_maps, filters

L = keras.layers
IMAGES = np.random.default_rng(0).random((2, 8, 8, 1)).astype("float32")


@pytest.fixture
def model():
    """A convolution whose channel c multiplies by (1, -3, 2)[c], and one inside a nested model."""
    nested = keras.Sequential([keras.Input((8, 8, 3)), L.DepthwiseConv2D(3, name="depthwise")], name="nested")
    layers = [L.Conv2D(3, 1, use_bias=False, name="first"), nested, L.GlobalAveragePooling2D(name="pool")]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    model.get_layer("first").set_weights([np.array([1.0, -3.0, 2.0]).reshape(1, 1, 1, 3)])
    return model


def test_the_strongest_channels_first(model):
    found = feature_maps(model, IMAGES, count=2)
    assert (found.layer, found.channels) == ("first", (1, 2))
    np.testing.assert_allclose(found.maps, IMAGES * np.array([-3.0, 2.0]), rtol=1e-6)
    assert feature_maps(model, IMAGES, layer="first").channels == (1, 2, 0)  # fewer than asked for


def test_a_layer_inside_a_nested_model_equals_a_model_cut_there(model):
    found = feature_maps(model, IMAGES, layer="nested/depthwise")
    inner = model.get_layer("nested")
    expected = inner(model.get_layer("first")(IMAGES))
    np.testing.assert_allclose(found.maps, np.asarray(expected)[..., list(found.channels)], rtol=1e-5)


def test_a_layer_inside_a_composite_layer_and_in_bfloat16():
    class Block(L.Layer):
        def __init__(self, **kwargs):
            super().__init__(name="block", **kwargs)
            self.conv = L.Conv2D(2, 3, name="conv", dtype=self.dtype_policy)

        def build(self, shape):
            self.conv.build(shape)

        def call(self, inputs):
            return keras.ops.relu(self.conv(inputs))

    model = keras.Sequential([keras.Input((8, 8, 1)), Block(dtype="mixed_bfloat16")])
    maps = feature_maps(model, IMAGES, layer="block/conv").maps
    assert (maps.dtype, maps.shape) == (np.float32, (2, 6, 6, 2))
    block = feature_maps(model, IMAGES, layer="block")
    np.testing.assert_array_equal(np.sort(block.maps.sum((0, 1, 2))), np.sort(maps.clip(0).sum((0, 1, 2))))


def test_filters_by_norm(model):
    found = filters(model, count=2)
    assert (found.layer, found.channels, found.kernels.shape) == ("first", (1, 2), (1, 1, 1, 2))
    np.testing.assert_array_equal(found.kernels.ravel(), [-3.0, 2.0])
    assert filters(model, layer="nested/depthwise").kernels.shape == (3, 3, 1, 3)


def test_figures_have_a_picture_each_with_its_label(model):
    figure = feature_maps(model, IMAGES * 255).figure()
    labels = ["image", "channel 1", "channel 2", "channel 0"]
    assert [axes.get_title() for axes in figure.axes] == labels * 2
    np.testing.assert_allclose(figure.axes[0].images[0].get_array(), IMAGES[0, ..., 0], rtol=1e-6)
    np.testing.assert_allclose(figure.axes[1].images[0].get_array(), IMAGES[0, ..., 0] * -765, rtol=1e-6)
    grey = filters(model).figure()
    assert [float(axes.images[0].get_array().item()) for axes in grey.axes] == pytest.approx([0, 5 / 6, 2 / 3])
    colour = keras.Sequential([keras.Input((8, 8, 3)), L.Conv2D(9, 3)])
    figure = filters(colour).figure()
    assert len(figure.axes) == 9
    assert figure.axes[0].images[0].get_array().shape == (3, 3, 3)
    figure.draw_without_rendering()


def test_the_model_is_left_as_it_was(model):
    before = model(IMAGES)
    feature_maps(model, IMAGES)
    assert all("call" not in layer.__dict__ for layer in model.layers)
    np.testing.assert_array_equal(model(IMAGES), before)


def test_errors(model):
    with pytest.raises(ValueError, match="has no layer 'frist'. Did you mean 'first'?"):
        feature_maps(model, IMAGES, layer="frist")
    with pytest.raises(ValueError, match=r"output of layer 'pool' has shape \(3,\), which is no picture"):
        feature_maps(model, IMAGES, layer="pool")
    with pytest.raises(ValueError, match="'pool' is a GlobalAveragePooling2D; .* one of: first, nested/depthwise"):
        filters(model, layer="pool")
    with pytest.raises(ValueError, match=r"Received images of shape \(8, 8, 1\)"):
        feature_maps(model, IMAGES[0])
    with pytest.raises(ValueError, match="Received count=0; expected 1 or more"):
        filters(model, count=0)
    with pytest.raises(ValueError, match="has no two-dimensional convolution; give the name of a layer"):
        filters(keras.Sequential([keras.Input((3,)), L.Dense(2)]))
    with pytest.raises(ValueError, match="Model 'late' is not built"):
        feature_maps(keras.Sequential([L.Dense(3)], name="late"), IMAGES)
