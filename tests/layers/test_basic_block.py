"""The block equals the same layers written out by hand."""

import keras
import pytest

from atolye.layers import BasicBlock


def convolve(filters, side, strides=1):
    return keras.layers.Conv2D(filters, side, strides=strides, padding="same", use_bias=False)


def normalize():
    return keras.layers.BatchNormalization(momentum=0.9)


@pytest.mark.parametrize(("filters", "strides"), [(8, 1), (16, 2), (12, 1)])
def test_equals_its_twin(assert_equals_twin, filters, strides):
    def twin(x):
        conv_1, norm_1, conv_2, norm_2 = convolve(filters, 3, strides), normalize(), convolve(filters, 3), normalize()
        y = norm_2(conv_2(keras.ops.relu(norm_1(conv_1(x)))))
        layers = [conv_1, norm_1, conv_2, norm_2]
        if filters != 8 or strides != 1:
            projection, norm = convolve(filters, 1, strides), normalize()
            layers += [projection, norm]
            x = norm(projection(x))
        return keras.ops.relu(x + y), layers

    assert_equals_twin(BasicBlock(filters, strides=strides), (6, 6, 8), twin)
