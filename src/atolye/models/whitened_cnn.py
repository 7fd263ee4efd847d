"""A convolutional network that learns small colour images in a few epochs."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from atolye.layers import BatchNormalization, Conv2D, Dirac, Whitening, activation_layer
from atolye.layers.image_checks import check_count
from atolye.models.head import Task, output_layer
from atolye.models.image_network import check_image_network, check_image_side

WHITENING = 2  # side of the first filters in pixels


def whitened_cnn(
    input_shape: Sequence[int | None],
    num_classes: int,
    *,
    widths: Sequence[int] = (64, 256, 256),
    convolutions: int = 2,
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer | None = None,
    momentum: float = 0.6,
    logit_scale: float = 1 / 16,
    dropout: float = 0.0,
    l2: float = 0.0,
    task: Task = "classification",
) -> keras.Model:
    """Build a fixed first convolution that whitens the image, then a stage a width; global maximum; the answer.

    Use it for trainings of few epochs, with the optimizer that it was published with (`muon_with_sgd`, labels smoothed
    by 0.2): it is the network of the fastest published trainings on CIFAR-10 on a GPU. The first convolution is made
    from training images: call `model.get_layer("whitening").adapt(images)` before the first epoch; `train(recipe)`
    does. A stage is convolution, max pooling, normalization, activation, and the rest of its convolutions on a quarter
    of the pixels; kernels start as the identity. Normalizations have no scale, only a shift, and follow the batches
    quickly.

    Height and width may be None: it then takes images of any size, such as smaller ones in the first epochs.

    Reference: Jordan (2024), 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, arXiv:2404.00498.

    Args:
        input_shape: `(height, width, channels)`, without the batch; both sides None, or at least 1 + 2 to the number of
            widths.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        widths: filters of each stage.
        convolutions: convolutions in each stage.
        activation: name of the activation table or of `keras.activations`, or a function.
        kernel_initializer: of the trained convolutions; None: `Dirac`, the identity.
        momentum: of the normalizations' moving statistics: share that is kept, in [0, 1).
        logit_scale: factor of what enters the output layer, above 0; a small one makes the first answers unsure.
        dropout: share of the pooled features that is dropped, from 0 up to but not including 1.
        l2: factor of the squared convolution weights in the loss, 0 or more.
        task: `"classification"` or `"regression"`.

    Input shape: `(batch, height, width, channels)`, in [0, 255].
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: when the image is too small for the widths, or a size, share or factor is out of its range.

    Example:
        >>> model = whitened_cnn((32, 32, 3), 10, widths=(16, 32, 32))
        >>> model.get_layer("whitening").output.shape, model.output_shape
        ((None, 31, 31, 24), (None, 10))
    """
    _check(input_shape, widths, convolutions, momentum, logit_scale, dropout, l2)
    regularizer = keras.regularizers.L2(l2) if l2 else None

    def block(x: Any, width: int, *, pool: bool, name: str) -> Any:
        x = Conv2D(
            width,
            3,
            padding="same",
            use_bias=False,  # batch normalization brings its own
            kernel_initializer=kernel_initializer or Dirac(),
            kernel_regularizer=regularizer,
            name=f"{name}_conv",
        )(x)
        if pool:
            x = layers.MaxPooling2D(2, name=f"{name}_pool")(x)
        x = BatchNormalization(momentum=momentum, scale=False, name=f"{name}_norm")(x)
        return activation_layer(activation)(x)

    inputs = keras.Input(tuple(input_shape), name="image")
    x = activation_layer(activation)(Whitening(WHITENING, name="whitening")(inputs))
    for stage, width in enumerate(widths, start=1):
        for number in range(1, convolutions + 1):
            x = block(x, width, pool=number == 1, name=f"stage_{stage}_{number}")
    x = layers.GlobalMaxPooling2D(name="pool")(x)  # (batch, widths[-1])
    x = layers.Rescaling(logit_scale, dtype="float32", name="logit_scale")(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, output_layer(num_classes, task=task)(x), name="whitened_cnn")


def _check(
    input_shape: Sequence[int | None],
    widths: Sequence[int],
    convolutions: int,
    momentum: float,
    logit_scale: float,
    dropout: float,
    l2: float,
) -> None:
    any_size = len(input_shape) == 3 and tuple(input_shape[:2]) == (None, None)
    smallest = WHITENING - 1 + 2 ** len(widths)
    shape: Any = (smallest, smallest, input_shape[2]) if any_size else tuple(input_shape)
    check_image_network(shape, widths, dropout=dropout, l2=l2)
    check_count("convolutions", convolutions, fix="2 is the paper's.")
    if not 0 <= momentum < 1:
        raise ValueError(
            f"Received momentum={momentum}; expected a share from 0 up to but not including 1. 0.6 is usual."
        )
    if not logit_scale > 0:
        raise ValueError(f"Received logit_scale={logit_scale}; expected a factor above 0, such as {1 / 16}.")
    reason = f"the first convolution takes {WHITENING - 1} pixel, and each of {len(widths)} widths halves the image"
    check_image_side(shape, smallest, reason=reason, fix="Enlarge the images or give fewer widths.")
