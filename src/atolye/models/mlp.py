"""A multilayer perceptron: the network of the course's first day."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from atolye.layers import BatchNormalization, activation_layer
from atolye.models.head import Task, output_layer


def mlp(
    input_shape: Sequence[int],
    num_classes: int,
    *,
    hidden_units: Sequence[int] = (256, 128),
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float | Sequence[float] = (0.3, 0.25),
    l2: float = 1e-4,
    batch_normalization: bool = True,
    task: Task = "classification",
) -> keras.Model:
    """Build Dense layers, each followed by its activation, batch normalization and dropout.

    Use it for tables whose columns are encoded and brought to similar size (see `atolye.data.TableEncoder`). The
    defaults are the slide's network, with the squared weights of every hidden layer in the loss instead of the first
    alone. Images work too, scaled from [0, 255] and flattened, but `cnn` is better at them.

    Reference: Srivastava et al. (2014), https://jmlr.org/papers/v15/srivastava14a.html, for dropout; Ioffe and Szegedy
        (2015), arXiv:1502.03167, for batch normalization; He et al. (2015), arXiv:1502.01852, for the initialiser.

    Args:
        input_shape: `(num_features,)`, or `(height, width, channels)` for images in [0, 255]; without the batch.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        hidden_units: units of each hidden layer.
        activation: name of the activation table or of `keras.activations`, or a function.
        kernel_initializer: initialiser of the hidden kernels; `"lecun_normal"` goes with `"selu"`.
        dropout: share of units dropped after each hidden layer, from 0 up to but not including 1; of several, the last
            goes on for the layers that are left.
        l2: factor of the squared hidden weights in the loss, 0 or more.
        batch_normalization: whether to normalize after each activation.
        task: `"classification"` or `"regression"`.

    Input shape: `(batch, *input_shape)`.
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: when a size, a share or the task is out of its range.

    Example:
        >>> mlp((30,), 2).count_params()
        42497
    """
    if len(input_shape) not in (1, 3) or any(size is None or size < 1 for size in input_shape):
        raise ValueError(
            f"Received input_shape={tuple(input_shape)}; expected (num_features,) or (height, width, channels), "
            "without the batch."
        )
    if not hidden_units or min(hidden_units) < 1:
        raise ValueError(f"Received hidden_units={tuple(hidden_units)}; expected one or more sizes of 1 or more.")
    rates = [dropout] if isinstance(dropout, int | float) else list(dropout)
    if not rates or not all(0 <= rate < 1 for rate in rates):
        raise ValueError(f"Received dropout={dropout}; expected shares from 0 up to but not including 1.")
    if l2 < 0:
        raise ValueError(f"Received l2={l2}; expected 0 or more.")
    inputs = x = keras.Input(tuple(input_shape), name="features" if len(input_shape) == 1 else "image")
    if len(input_shape) == 3:
        x = layers.Flatten()(layers.Rescaling(1 / 255)(x))  # (batch, height * width * channels)
    for index, units in enumerate(hidden_units):
        x = layers.Dense(
            units,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
        )(x)
        x = activation_layer(activation)(x)
        if batch_normalization:
            x = BatchNormalization(momentum=0.9)(x)
        rate = rates[min(index, len(rates) - 1)]
        if rate:
            x = layers.Dropout(rate)(x)
    return keras.Model(inputs, output_layer(num_classes, task=task)(x), name="mlp")
