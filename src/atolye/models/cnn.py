"""A small convolutional network that a CPU trains in seconds to minutes."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from atolye.layers import BatchNormalization, Conv2D, activation_layer
from atolye.models.head import Task, output_layer

LARGE_IMAGE = 64  # pixels; from here on the first convolution strides, which makes all that follows 4 times cheaper


def cnn(
    input_shape: Sequence[int],
    num_classes: int,
    *,
    widths: Sequence[int] = (32, 64, 128),
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float = 0.2,
    l2: float = 1e-4,
    task: Task = "classification",
) -> keras.Model:
    """Build a stage a width: convolution, max pooling, convolution; then global average pooling and the answer.

    Use it for a first result on images from 8 x 8 pixels on. Pixels go in as they come out of a file, in [0, 255]; the
    model scales them itself. Each convolution is 3 x 3, without bias, followed by fused batch normalization and the
    activation. Pooling comes right after the first convolution of a stage, so that the rest works on a quarter of the
    pixels. Widths that are multiples of 16 are the fast ones in bfloat16.

    Reference: Page (2018), How to train your ResNet, for the order; Lin et al. (2014), arXiv:1312.4400, for the head.

    Args:
        input_shape: `(height, width, channels)`, without the batch; both sides at least 2 to the number of widths.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        widths: filters of each stage.
        activation: name of the activation table or of `keras.activations`, or a function; ReLU is the fast one.
        kernel_initializer: initialiser of the convolutions.
        dropout: share of the pooled features that is dropped, from 0 up to but not including 1.
        l2: factor of the squared convolution weights in the loss, 0 or more.
        task: `"classification"` or `"regression"`.

    Input shape: `(batch, height, width, channels)`, in [0, 255].
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: when the image is too small for the widths, or a size or share is out of its range.

    Example:
        >>> cnn((28, 28, 1), 10).output_shape
        (None, 10)
    """
    _check(input_shape, widths, dropout, l2)
    strides = 2 if min(input_shape[:2]) >= LARGE_IMAGE else 1

    def block(x: Any, width: int, *, strides: int = 1, pool: bool = False) -> Any:
        regularizer = keras.regularizers.L2(l2) if l2 else None
        x = Conv2D(
            width,
            3,
            strides=strides,
            padding="same",
            use_bias=False,  # batch normalization brings its own
            kernel_initializer=kernel_initializer,
            kernel_regularizer=regularizer,
        )(x)
        if pool:
            x = layers.MaxPooling2D(2)(x)
        x = BatchNormalization(momentum=0.9)(x)
        return activation_layer(activation)(x)

    inputs = keras.Input(tuple(input_shape), name="image")
    x = layers.Rescaling(1 / 255)(inputs)
    for index, width in enumerate(widths):
        x = block(x, width, strides=1 if index else strides, pool=True)
        x = block(x, width)
    x = layers.GlobalAveragePooling2D()(x)  # (batch, widths[-1])
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, output_layer(num_classes, task=task)(x), name="cnn")


def _check(input_shape: Sequence[int], widths: Sequence[int], dropout: float, l2: float) -> None:
    if len(input_shape) != 3 or any(size is None or size < 1 for size in input_shape):
        raise ValueError(
            f"Received input_shape={tuple(input_shape)}; expected (height, width, channels), without the batch."
        )
    if not widths or min(widths) < 1:
        raise ValueError(f"Received widths={tuple(widths)}; expected one or more sizes of 1 or more.")
    height, width = input_shape[:2]
    smallest = 2 ** len(widths)
    if min(height, width) < smallest:
        raise ValueError(
            f"Received images of {height} x {width} pixels; expected at least {smallest} x {smallest} for "
            f"{len(widths)} widths, since each halves the image. Enlarge the images or give fewer widths."
        )
    if not 0 <= dropout < 1:
        raise ValueError(f"Received dropout={dropout}; expected a share from 0 up to but not including 1.")
    if l2 < 0:
        raise ValueError(f"Received l2={l2}; expected 0 or more.")
