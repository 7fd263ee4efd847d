import keras
import numpy as np
import pytest

from atolye.layers import ConvBlock, DepthwiseSeparableConv


def test_equals_its_four_layers_by_hand(assert_equals_twin):
    def twin(x):
        depthwise = keras.layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False)
        pointwise = keras.layers.Conv2D(12, 1, use_bias=False)
        norms = [keras.layers.BatchNormalization(momentum=0.9) for _ in range(2)]
        x = keras.layers.ReLU()(norms[0](depthwise(x)))
        return keras.layers.ReLU()(norms[1](pointwise(x))), [depthwise, norms[0], pointwise, norms[1]]

    assert_equals_twin(DepthwiseSeparableConv(12, strides=2), (6, 6, 8), twin)


def test_share_of_the_parameters_of_a_standard_convolution():
    separable, standard = DepthwiseSeparableConv(128, norm="none"), ConvBlock(128, norm="none")
    for block in (separable, standard):
        block.build((None, 8, 8, 64))
    weights = [block.count_params() - biases for block, biases in ((separable, 64 + 128), (standard, 128))]
    assert weights[0] / weights[1] == pytest.approx(1 / 128 + 1 / 9)


def test_regularizer_leaves_the_depthwise_filters_alone():
    block = DepthwiseSeparableConv(4, kernel_regularizer="l2")
    block.build((None, 8, 8, 3))
    assert len(block.losses) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dilation_rate": -1}, r"^Received dilation_rate=-1; expected .* 1 is a filter without gaps\.$"),
        (
            {"strides": (1, 2)},
            r"^Received strides=\(1, 2\); expected the same for height and width.* Pass one number\.$",
        ),
        ({"strides": 2, "dilation_rate": 2}, "^Received strides=2 x 2 with dilation_rate=2 x 2; expected one of them"),
        ({"kernel_size": 7}, "^Received kernel_size=7 x 7 for images of 6 x 6 pixels; expected at most 6 x 6"),
        ({"strides": 7}, "^Received strides=7 x 7 for images of 6 x 6 pixels; expected at most 6 x 6"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        DepthwiseSeparableConv(8, **arguments)(np.zeros((1, 6, 6, 3)))
