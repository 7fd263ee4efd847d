"""The block equals the same layers written out by hand."""

import keras
import pytest

from atolye.layers import BottleneckBlock


def convolve(filters, side, strides=1):
    return keras.layers.Conv2D(filters, side, strides=strides, padding="same", use_bias=False)


def normalize():
    return keras.layers.BatchNormalization(momentum=0.9)


@pytest.mark.parametrize(("filters", "strides"), [(2, 1), (4, 2), (3, 1)])
def test_equals_its_twin(assert_equals_twin, filters, strides):
    def twin(x):
        conv_1, conv_2, conv_3 = convolve(filters, 1), convolve(filters, 3, strides), convolve(4 * filters, 1)
        norm_1, norm_2, norm_3 = normalize(), normalize(), normalize()
        y = keras.ops.relu(norm_1(conv_1(x)))
        y = keras.ops.relu(norm_2(conv_2(y)))
        y = norm_3(conv_3(y))
        layers = [conv_1, norm_1, conv_2, norm_2, conv_3, norm_3]
        if 4 * filters != 8 or strides != 1:
            projection, norm = convolve(4 * filters, 1, strides), normalize()
            layers += [projection, norm]
            x = norm(projection(x))
        return keras.ops.relu(x + y), layers

    assert_equals_twin(BottleneckBlock(filters, strides=strides), (6, 6, 8), twin)
