"""The block equals the same layers written out by hand."""

import keras
import pytest

from atolye.layers import PreActBlock


def convolve(filters, side, strides=1):
    return keras.layers.Conv2D(filters, side, strides=strides, padding="same", use_bias=False)


def normalize():
    return keras.layers.BatchNormalization(momentum=0.9)


@pytest.mark.parametrize(("filters", "strides", "shared"), [(8, 1, False), (8, 1, True), (16, 2, False)])
def test_equals_its_twin(assert_equals_twin, filters, strides, shared):
    def twin(x):
        norm_1, conv_1, norm_2, conv_2 = normalize(), convolve(filters, 3, strides), normalize(), convolve(filters, 3)
        activated = keras.ops.relu(norm_1(x))
        y = conv_2(keras.ops.relu(norm_2(conv_1(activated))))
        if filters == 8:
            return (activated if shared else x) + y, [norm_1, conv_1, norm_2, conv_2]
        projection = convolve(filters, 1, strides)
        return projection(activated) + y, [norm_1, conv_1, norm_2, conv_2, projection]

    assert_equals_twin(PreActBlock(filters, strides=strides, activate_shortcut=shared), (6, 6, 8), twin)


@pytest.mark.parametrize(("filters", "strides"), [(2, 1), (4, 2)])
def test_bottleneck_equals_its_twin(assert_equals_twin, filters, strides):
    def twin(x):
        convs = convolve(filters, 1), convolve(filters, 3, strides), convolve(4 * filters, 1)
        norms = normalize(), normalize(), normalize()
        activated = y = keras.ops.relu(norms[0](x))
        y = keras.ops.relu(norms[1](convs[0](y)))
        y = keras.ops.relu(norms[2](convs[1](y)))
        y = convs[2](y)
        layers = [layer for pair in zip(norms, convs, strict=True) for layer in pair]
        if (filters, strides) == (2, 1):
            return x + y, layers
        projection = convolve(4 * filters, 1, strides)
        return projection(activated) + y, [*layers, projection]

    assert_equals_twin(PreActBlock(filters, bottleneck=True, strides=strides), (6, 6, 8), twin)
