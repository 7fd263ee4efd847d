"""Residual networks of the first paper: for ImageNet's sizes and for CIFAR's."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from atolye.layers import BasicBlock, BottleneckBlock, ConvBlock
from atolye.layers.normalization import Norm
from atolye.layers.residual_block import Shortcut
from atolye.models.head import Task
from atolye.models.image_network import regularizer
from atolye.models.residual_network import residual_network, residual_plan


def resnet(
    depth: int,
    input_shape: Sequence[int],
    num_classes: int,
    *,
    widths: Sequence[int] | None = None,
    shortcut: Shortcut | None = None,
    squeeze_excite: int = 0,
    norm: Norm = "batch",
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float = 0.0,
    l2: float = 1e-4,
    task: Task = "classification",
) -> keras.Model:
    """Build the residual network of a depth: stem, stages of blocks, global average pooling, the answer.

    Use depth 20, 32, 44, 56, 110 (or 164, of bottlenecks) for small images, 18, 34 and 50 for large ones. A smaller
    network of the same depth has other `widths`. With `shortcut="none"` it is the plain network, to see what the ways
    around do.

    Reference: He et al. (2015), Deep Residual Learning for Image Recognition, arXiv:1512.03385; section 4.2 for CIFAR.

    Trained parameters: 11,689,512 (18), 21,797,672 (34), 25,557,032 (50) with 1000 classes; 269,722 (20), 464,154 (32),
        658,586 (44), 853,018 (56), 1,727,962 (110) with 10 classes; all for images of 3 channels.

    Args:
        depth: number of layers with weights, the projections not counted.
        input_shape: `(height, width, channels)`, without the batch; sides of at least 5 pixels, or 33 for 18, 34, 50.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        widths: filters of each stage; by default the paper's: 16, 32, 64, or 64, 128, 256, 512 for 18, 34, 50.
        shortcut: way around where the shape changes, `"projection"` or `"zero_pad"`, or `"none"` for no way around
            anywhere; by default the paper's: zeros for 20 to 110, a projection for the others.
        squeeze_excite: ratio of squeeze-and-excitation in each block, 0 for none; see `se_resnet`.
        norm: `"batch"`, `"layer"`, `"group"` or `"none"`; see `atolye.layers.normalization_layer`.
        activation: name of the activation table or of `keras.activations`, or a function; ReLU is the fast one.
        kernel_initializer: initialiser of the convolutions.
        dropout: share of the pooled features that is dropped, from 0 up to but not including 1.
        l2: factor of the squared convolution weights in the loss, 0 or more.
        task: `"classification"` or `"regression"`.

    Input shape: `(batch, height, width, channels)`, in [0, 255].
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: for another depth, images that are too small for it, or a size, share or word out of its range.

    Example:
        >>> model = resnet(20, input_shape=(32, 32, 3), num_classes=10)
        >>> sum(int(keras.ops.size(weight)) for weight in model.trainable_weights)
        269722
    """
    plan = residual_plan(depth, input_shape, widths=widths, dropout=dropout, l2=l2)
    shared: dict[str, Any] = {
        "norm": norm,
        "activation": activation,
        "kernel_initializer": kernel_initializer,
        "kernel_regularizer": regularizer(l2),
    }
    free_of_parameters = not (plan.large_images or plan.bottleneck)
    around = shortcut or ("zero_pad" if free_of_parameters else "projection")
    kind = BottleneckBlock if plan.bottleneck else BasicBlock

    def block(filters: int, *, strides: int, name: str) -> keras.Layer:
        return kind(filters, strides=strides, shortcut=around, squeeze_excite=squeeze_excite, name=name, **shared)

    def stem(filters: int, kernel_size: int, *, strides: int, name: str) -> keras.Layer:
        return ConvBlock(filters, kernel_size, strides=strides, name=name, **shared)

    prefix = ("plain" if around == "none" else "resnet") if not squeeze_excite else "se_resnet"
    return residual_network(
        plan,
        input_shape,
        num_classes,
        make_stem=stem,
        make_block=block,
        dropout=dropout,
        task=task,
        name=f"{prefix}_{depth}",
    )
