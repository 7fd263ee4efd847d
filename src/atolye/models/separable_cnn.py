"""The plain convolutional network with its convolutions cut into depthwise and pointwise ones."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from atolye.layers import ConvBlock, DepthwiseSeparableConv
from atolye.layers.image_checks import check_count
from atolye.layers.normalization import Norm
from atolye.models.head import Task
from atolye.models.image_network import (
    Downsampling,
    add_stages,
    answer,
    check_image_network,
    check_image_side,
    check_word,
    image_input,
    regularizer,
)


def separable_cnn(
    input_shape: Sequence[int],
    num_classes: int,
    *,
    widths: Sequence[int] = (32, 64, 128),
    convolutions: int = 2,
    kernel_size: int = 3,
    downsampling: Downsampling = "max",
    norm: Norm = "batch",
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float = 0.2,
    l2: float = 1e-4,
    task: Task = "classification",
) -> keras.Model:
    """Build `vgg_small` with depthwise separable convolutions after the first, which stays an ordinary one.

    Use it where a model shall be small: with the default widths it has a seventh of the parameters of `vgg_small`. The
    first convolution has three channels to filter, or one, and nothing to gain. What is saved in time is less than
    in arithmetic; measure it.

    Reference: Howard et al. (2017), MobileNets, arXiv:1704.04861.

    Args:
        input_shape: `(height, width, channels)`, without the batch; as large as `vgg_small` asks for.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        widths, convolutions, kernel_size, downsampling, norm, activation, kernel_initializer, dropout, task: as in
            `vgg_small`.
        l2: factor of the squared convolution weights in the loss, 0 or more; the depthwise ones are left out.

    Input shape: `(batch, height, width, channels)`, in [0, 255].
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: as `vgg_small`.

    Example:
        >>> separable_cnn((32, 32, 3), 10).count_params()
        39850
    """
    check_image_network(input_shape, widths, dropout=dropout, l2=l2)
    check_count("convolutions", convolutions, fix="2 is the usual one.")
    check_count("kernel_size", kernel_size, fix="3 is the usual one.")
    check_word("downsampling", downsampling, Downsampling, fix="'max' is the usual one.")
    check_image_side(
        input_shape,
        max(kernel_size, 2) * 2 ** (len(widths) - 1),
        reason=f"{len(widths)} stages halve them before a filter of {kernel_size} x {kernel_size}",
        fix="Take larger images, fewer widths or a smaller filter.",
    )

    def block(filters: int, *, strides: int, name: str) -> keras.Layer:
        kind = ConvBlock if name == "stage_1_block_1" else DepthwiseSeparableConv
        return kind(
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
    return answer(inputs, x, num_classes, dropout=dropout, task=task, name="separable_cnn")
