"""Residual networks of the second paper: normalization and activation before the convolutions."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from atolye.layers import PreActBlock, activation_layer, normalization_layer
from atolye.layers.normalization import Norm
from atolye.layers.residual_block import Shortcut
from atolye.models.head import Task
from atolye.models.image_network import regularizer
from atolye.models.residual_network import residual_network, residual_plan


def preact_resnet(
    depth: int,
    input_shape: Sequence[int],
    num_classes: int,
    *,
    widths: Sequence[int] | None = None,
    shortcut: Shortcut | None = None,
    norm: Norm = "batch",
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float = 0.0,
    l2: float = 1e-4,
    task: Task = "classification",
) -> keras.Model:
    """Build `resnet` of pre-activation blocks: from stem to pooling a path of sums alone.

    Use it for great depth, where it trains more easily than `resnet` and ends better. The depths are those of `resnet`,
    and so is the number of parameters up to 110, but for the norms: those of a block are on what comes in.

    Reference: He et al. (2016), Identity Mappings in Deep Residual Networks, arXiv:1603.05027.

    Args:
        depth: number of layers with weights, the projections not counted.
        input_shape: `(height, width, channels)`, without the batch; sides of at least 5 pixels, or 33 for 18, 34, 50.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        widths, shortcut, norm, activation, kernel_initializer, dropout, l2, task: as in `resnet`.

    Input shape: `(batch, height, width, channels)`, in [0, 255].
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: as `resnet`.

    Example:
        >>> preact_resnet(20, (32, 32, 3), 10).output_shape
        (None, 10)
    """
    plan = residual_plan(depth, input_shape, widths=widths, dropout=dropout, l2=l2)
    shared: dict[str, Any] = {"kernel_initializer": kernel_initializer, "kernel_regularizer": regularizer(l2)}
    free_of_parameters = not (plan.large_images or plan.bottleneck)
    around = shortcut or ("zero_pad" if free_of_parameters else "projection")

    def stem(filters: int, kernel_size: int, *, strides: int, name: str) -> keras.Layer:
        # Bare: the first block normalizes and activates, and its way around starts after that, as in the paper's
        # appendix. For large images that is after the max pooling, on a quarter of the pixels; ReLU may change places
        # with the pooling, so that nothing is lost.
        return layers.Conv2D(filters, kernel_size, strides=strides, padding="same", use_bias=False, name=name, **shared)

    def block(filters: int, *, strides: int, name: str) -> keras.Layer:
        return PreActBlock(
            filters,
            bottleneck=plan.bottleneck,
            activate_shortcut=name == "stage_1_block_1",
            strides=strides,
            shortcut=around,
            norm=norm,
            activation=activation,
            name=name,
            **shared,
        )

    channels = plan.widths[-1] * (4 if plan.bottleneck else 1)
    normalization = normalization_layer(norm, channels, name="last_norm")
    return residual_network(
        plan,
        input_shape,
        num_classes,
        make_stem=stem,
        make_block=block,
        last=[*([normalization] if normalization else []), activation_layer(activation)],
        dropout=dropout,
        task=task,
        name=f"preact_{'plain' if around == 'none' else 'resnet'}_{depth}",
    )
