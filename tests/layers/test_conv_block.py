import keras
import numpy as np
import pytest

from atolye.layers import ConvBlock

IMAGES = np.random.default_rng(0).normal(size=(2, 6, 6, 8)).astype("float32")


@pytest.mark.parametrize("order", ["conv-norm-act", "norm-act-conv"])
def test_order(assert_equals_twin, order):
    def twin(x):
        conv = keras.layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)
        norm, relu = keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU()
        if order == "conv-norm-act":
            return relu(norm(conv(x))), [conv, norm]
        return conv(relu(norm(x))), [norm, conv]

    assert_equals_twin(ConvBlock(8, strides=2, order=order), (6, 6, 8), twin)


def test_groups_are_convolved_alone(randomize):
    block = ConvBlock(4, groups=2, norm="none", activation=None)
    block.build(IMAGES.shape)
    kernel, bias = randomize(block).get_weights()
    assert kernel.shape == (3, 3, 4, 4)
    halves = [
        keras.ops.conv(IMAGES[..., 4 * g : 4 * g + 4], kernel[..., 2 * g : 2 * g + 2], padding="same") for g in range(2)
    ]
    np.testing.assert_allclose(block(IMAGES), np.concatenate(halves, axis=-1) + bias, rtol=1e-4, atol=1e-5)


def test_dilation_spans_k_plus_k_minus_1_times_d_minus_1():
    block = ConvBlock(1, dilation_rate=2, norm="none", activation=None, kernel_initializer="ones")
    point = np.zeros((1, 7, 7, 1), "float32")
    point[0, 3, 3, 0] = 1.0
    seen = np.argwhere(block(point)[0, :, :, 0])
    assert np.ptp(seen, axis=0).tolist() == [4, 4]  # 5 = 3 + 2 * 1 pixels
    assert len(seen) == 9


@pytest.mark.parametrize("norm", ["batch", "layer", "group"])
def test_bias_only_without_norm(norm):
    block = ConvBlock(4, norm=norm)
    block.build(IMAGES.shape)
    assert not block.steps[0].use_bias


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"kernel_size": 0},
            r"^Received kernel_size=0; expected a whole number of 1 or more, .* 3 is the usual one\.$",
        ),
        ({"strides": -2}, r"^Received strides=-2; expected .* for height and width\. 1 keeps the size of the image\.$"),
        ({"dilation_rate": -1}, r"^Received dilation_rate=-1; expected .* width\. 1 is a filter without gaps\.$"),
        ({"groups": 0}, r"^Received groups=0; expected a whole number of 1 or more\. 1 is an ordinary convolution\.$"),
        (
            {"groups": 3},
            r"^Received groups=3 with filters=8; expected a number that divides it\. Take groups out of 1, 2",
        ),
        (
            {"strides": 2, "dilation_rate": 2},
            r"^Received strides=2 x 2 with dilation_rate=2 x 2; expected one of them to be 1\. Dilate first and pool",
        ),
        ({"order": "act-conv"}, "^Received order='act-conv'; expected 'conv-norm-act' or 'norm-act-conv'"),
        ({"padding": "full"}, r"^Received padding='full'; expected 'same' or 'valid'\. 'same' keeps the size\.$"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConvBlock(8, **arguments)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kernel_size": 7}, r"^Received kernel_size=7 x 7 for images of 6 x 6 pixels; expected at most 6 x 6\. Take"),
        (
            {"dilation_rate": 3},
            "^Received kernel_size=3 x 3 with dilation_rate=3 x 3, which spans 7 x 7, for images of",
        ),
        ({"strides": 8}, "^Received strides=8 x 8 for images of 6 x 6 pixels; expected at most 6 x 6, since larger"),
        ({"groups": 16}, "^Received groups=16 with filters=16 on 8 channels; .* Take groups out of 1, 2, 4, 8"),
    ],
)
def test_what_does_not_fit_the_image(arguments, message, padding):
    with pytest.raises(ValueError, match=message):
        ConvBlock(16, padding=padding, **arguments)(IMAGES)


def test_not_an_image():
    with pytest.raises(
        ValueError, match=r"^Received inputs of shape \(2, 6\); expected \(batch, height, width, channels\)"
    ):
        ConvBlock(8)(np.zeros((2, 6)))
