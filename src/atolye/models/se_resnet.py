"""Residual networks with squeeze-and-excitation in every block."""

from collections.abc import Sequence
from typing import Any

import keras

from atolye.layers.image_checks import check_count
from atolye.models.resnet import resnet


def se_resnet(
    depth: int, input_shape: Sequence[int], num_classes: int, *, ratio: int = 16, **options: Any
) -> keras.Model:
    """Build `resnet` with channels weighted at the end of each block's branch, before the sum.

    Use it to see what attention over channels adds: about a tenth more parameters, hardly any arithmetic.

    Reference: Hu et al. (2018), Squeeze-and-Excitation Networks, arXiv:1709.01507.

    Trained parameters: 28,088,024 for depth 50 with 1000 classes.

    Args:
        depth: as in `resnet`.
        input_shape: `(height, width, channels)`, without the batch.
        num_classes: as in `resnet`.
        ratio: how many times fewer hidden units than channels; at most the channels of the narrowest stage.
        options: all others of `resnet`.

    Input shape: `(batch, height, width, channels)`, in [0, 255].
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: as `resnet`, and for a ratio below 1 or above the channels of a stage.

    Example:
        >>> se_resnet(20, (32, 32, 3), 10).name
        'se_resnet_20'
    """
    check_count("ratio", ratio, fix="16 is the paper's.")
    return resnet(depth, input_shape, num_classes, squeeze_excite=ratio, **options)
