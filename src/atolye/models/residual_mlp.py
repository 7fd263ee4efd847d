"""A deep multilayer perceptron that can be trained, since each block adds to what it got."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from atolye.layers import BatchNormalization, activation_layer
from atolye.models.head import Task, output_layer


def residual_mlp(
    input_shape: Sequence[int],
    num_classes: int,
    *,
    units: int = 64,
    num_blocks: int = 4,
    skip: bool = True,
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    batch_normalization: bool = True,
    dropout: float = 0.0,
    task: Task = "classification",
) -> keras.Model:
    """Build blocks of two Dense layers, each with a connection around it: `x + f(x)`.

    Use it to see what a skip connection does: with `skip=False` it is the plain stack, the same layers and as many
    parameters. A block normalizes and activates before each Dense layer, so that the way around it stays untouched from
    the first layer to the last, and gradients reach the first layer without loss.

    Reference: He et al. (2016), Identity Mappings in Deep Residual Networks, arXiv:1603.05027.

    Args:
        input_shape: `(num_features,)`, or `(height, width, channels)` for images in [0, 255]; without the batch.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        units: width of every layer.
        num_blocks: blocks of two Dense layers.
        skip: whether each block's input is added to its output.
        activation: name of the activation table or of `keras.activations`, or a function.
        kernel_initializer: initialiser of the hidden kernels.
        batch_normalization: whether to normalize before each activation.
        dropout: share of units dropped inside each block, from 0 up to but not including 1.
        task: `"classification"` or `"regression"`.

    Input shape: `(batch, *input_shape)`.
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: when a size or the share is out of its range.

    Example:
        >>> plain, residual = (residual_mlp((30,), 2, skip=skip).count_params() for skip in (False, True))
        >>> plain == residual
        True
    """
    if len(input_shape) not in (1, 3) or any(size is None or size < 1 for size in input_shape):
        raise ValueError(
            f"Received input_shape={tuple(input_shape)}; expected (num_features,) or (height, width, channels), "
            "without the batch."
        )
    if units < 1 or num_blocks < 1:
        raise ValueError(f"Received units={units}, num_blocks={num_blocks}; expected 1 or more of each.")
    if not 0 <= dropout < 1:
        raise ValueError(f"Received dropout={dropout}; expected a share from 0 up to but not including 1.")

    def dense(x: Any, name: str) -> Any:
        if batch_normalization:
            x = BatchNormalization(momentum=0.9)(x)
        x = activation_layer(activation)(x)
        return layers.Dense(units, kernel_initializer=kernel_initializer, name=name)(x)

    inputs = x = keras.Input(tuple(input_shape), name="features" if len(input_shape) == 1 else "image")
    if len(input_shape) == 3:
        x = layers.Flatten()(layers.Rescaling(1 / 255)(x))  # (batch, height * width * channels)
    x = layers.Dense(units, kernel_initializer=kernel_initializer, name="stem")(x)
    for block in range(1, num_blocks + 1):
        y = dense(x, f"block_{block}_dense_1")
        if dropout:
            y = layers.Dropout(dropout)(y)
        y = dense(y, f"block_{block}_dense_2")
        x = layers.Add(name=f"block_{block}_add")([x, y]) if skip else y
    if batch_normalization:
        x = BatchNormalization(momentum=0.9)(x)
    x = activation_layer(activation)(x)
    name = "residual_mlp" if skip else "plain_mlp"
    return keras.Model(inputs, output_layer(num_classes, task=task)(x), name=name)
