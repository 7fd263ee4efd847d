"""The plain convolutional network, whose parts can be exchanged one by one."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from atolye.layers import ConvBlock
from atolye.layers.image_checks import check_count
from atolye.layers.normalization import Norm
from atolye.models.head import Task
from atolye.models.image_network import (
    Downsampling,
    Pooling,
    add_stages,
    answer,
    check_image_network,
    check_image_side,
    check_word,
    image_input,
    regularizer,
)


def vgg_small(
    input_shape: Sequence[int],
    num_classes: int,
    *,
    widths: Sequence[int] = (32, 64, 128),
    convolutions: int = 2,
    kernel_size: int = 3,
    downsampling: Downsampling = "max",
    pooling: Pooling = "average",
    norm: Norm = "batch",
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float = 0.2,
    l2: float = 1e-4,
    task: Task = "classification",
) -> keras.Model:
    """Build a stage a width: convolutions of one size, then half the pixels; global pooling; the answer.

    Use it to see what one part does, all else equal: filter size and count, pooling against strides, the kind of
    pooling, the norm. For a first result take `cnn`, which is faster. It is VGG's rule (3 x 3 filters, twice as many
    whenever the image is halved) with a norm after each convolution and without the large Dense layers.

    Reference: Simonyan and Zisserman (2015), arXiv:1409.1556; Springenberg et al. (2015), arXiv:1412.6806, for strides
        in place of pooling; Lin et al. (2014), arXiv:1312.4400, for global pooling.

    Args:
        input_shape: `(height, width, channels)`, without the batch; both sides at least `max(kernel_size, 2)` in the
            last stage, which sees the image halved once for each stage before.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        widths: filters of each stage.
        convolutions: convolutions in each stage.
        kernel_size: side of the filters in pixels.
        downsampling: what halves the image at the end of a stage: `"max"` or `"average"` pooling, or `"strides"` of 2
            in its last convolution.
        pooling: global pooling at the end, `"average"` or `"max"`.
        norm: `"batch"`, `"layer"`, `"group"` or `"none"`; see `atolye.layers.normalization_layer`.
        activation: name of the activation table or of `keras.activations`, or a function; ReLU is the fast one.
        kernel_initializer: initialiser of the convolutions.
        dropout: share of the pooled features that is dropped, from 0 up to but not including 1.
        l2: factor of the squared convolution weights in the loss, 0 or more.
        task: `"classification"` or `"regression"`.

    Input shape: `(batch, height, width, channels)`, in [0, 255].
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: when the image is too small for the stages, or a size, share or word is out of its range.

    Example:
        >>> vgg_small((32, 32, 3), 10).count_params()
        289642
    """
    check_image_network(input_shape, widths, dropout=dropout, l2=l2)
    check_count("convolutions", convolutions, fix="2 is the usual one.")
    check_count("kernel_size", kernel_size, fix="3 is the usual one.")
    check_word("downsampling", downsampling, Downsampling, fix="VGG pools by 'max'.")
    check_word("pooling", pooling, Pooling, fix="'average' is the usual one.")
    check_image_side(
        input_shape,
        max(kernel_size, 2) * 2 ** (len(widths) - 1),
        reason=f"{len(widths)} stages halve them before a filter of {kernel_size} x {kernel_size}",
        fix="Take larger images, fewer widths or a smaller filter.",
    )

    def block(filters: int, *, strides: int, name: str) -> keras.Layer:
        return ConvBlock(
            filters,
            kernel_size,
            strides=strides,
            norm=norm,
            activation=activation,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=regularizer(l2),
            name=name,
        )

    inputs, x = image_input(input_shape)
    x = add_stages(x, widths, convolutions=convolutions, downsampling=downsampling, make_block=block)
    return answer(inputs, x, num_classes, pooling=pooling, dropout=dropout, task=task, name="vgg_small")
