"""The hand-made convolution against Keras, and receptive fields against what can be counted on paper."""

import numpy as np
import pytest
from keras import layers

from atolye.labs.hafta2_cumartesi.uygulama_01_by_hand import convolve, convolve_as, draw_poolings, noticed_pixels
from atolye.layers import GroupedConv2D

BARE = {"use_bias": False}


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(6, 3, padding="same", **BARE),
        layers.Conv2D(6, 5, padding="valid", **BARE),
        layers.Conv2D(6, 3, strides=2, padding="same", **BARE),
        layers.Conv2D(6, 4, strides=3, padding="same", **BARE),
        layers.Conv2D(6, 3, strides=2, padding="valid", **BARE),
        layers.Conv2D(6, 3, dilation_rate=2, padding="same", **BARE),
        GroupedConv2D(6, 3, groups=2, padding="same", **BARE),
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, **BARE),
    ],
    ids=lambda layer: str(layer.name),
)
def test_by_hand_is_what_keras_computes(layer):
    image = np.random.default_rng(0).normal(size=(10, 10, 4)).astype("float32")
    expected = np.asarray(layer(image[None]))[0]
    maps, count = convolve_as(layer, image)
    np.testing.assert_allclose(maps, expected, atol=1e-5)
    per_place = layer.kernel.shape[0] * layer.kernel.shape[1] * layer.kernel.shape[2]
    channels = 1 if isinstance(layer, layers.DepthwiseConv2D) else 0
    assert count == expected.size * (per_place // layer.kernel.shape[2] if channels else per_place)


def test_a_convolution_on_paper():
    image = np.arange(9.0).reshape(3, 3, 1)
    kernel = np.array([[1.0, 0.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
    maps, count = convolve(image, kernel, padding="valid")
    assert maps[..., 0].tolist() == [[0 - 4, 1 - 5], [3 - 7, 4 - 8]]
    assert count == 4 * 4


def test_a_gap_is_not_noticed():
    ones = {"kernel_initializer": "ones", "padding": "same"}
    twice = [layers.Conv2D(1, 3, dilation_rate=2, **ones) for _ in range(2)]
    assert noticed_pixels(twice, side=21) == (9, 5)
    assert noticed_pixels([layers.MaxPooling2D(2), layers.Conv2D(1, 3, **ones)], side=20) == (6, 6)


def test_four_poolings_are_drawn_in_one_scale():
    maps = np.array([[[0.0, 1.0], [2.0, 5.0]]])[..., None]
    panels = draw_poolings(maps).axes
    assert [panel.get_title() for panel in panels][1:3] == ["MaxPooling2D", "AveragePooling2D"]
    assert [float(panel.images[0].get_array()[0, 0]) for panel in panels] == [0.0, 5.0, 2.0, 5.0, 2.0]
    assert {panel.images[0].get_clim() for panel in panels} == {(0.0, 5.0)}
