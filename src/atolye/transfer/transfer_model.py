"""The model that is fine-tuned: one flat network from raw images to answers, a pretrained backbone in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras import layers

from atolye.models import backbone
from atolye.models.head import output_layer

POOL = "pool"  # behind it only the head is left


@dataclass(frozen=True)
class TransferModel:
    """A model for new classes, and the part of it that is pretrained; both share their layers.

    Args:
        model: from raw images in [0, 255] to probabilities.
        backbone: from the same images to the last map.
    """

    model: keras.Model
    backbone: keras.Model


def transfer_model(
    name: str,
    input_shape: Sequence[int],
    num_classes: int,
    *,
    side: int | None = None,
    weights: str | Path | None = "imagenet",
    dropout: float = 0.2,
) -> TransferModel:
    """Build a flat model for new classes on a pretrained backbone, not compiled, in the current dtype policy.

    Use it where `fine_tune` is too much: to train by hand, or to look at. Images of another size than the backbone is
    to see are resized inside, and the one channel of grey images is repeated, so that the saved file takes images as
    they are. Pooling and head compute in float32 in every policy.

    Args:
        name: one of `atolye.models.BACKBONES`.
        input_shape: `(height, width, channels)` of the images, 3 channels or 1.
        num_classes: 2 or more; two get one sigmoid unit.
        side: length in pixels of the shorter side that the backbone sees; None: that of the images.
        weights: as for `atolye.models.backbone`.
        dropout: share of the pooled features that is dropped in training, in [0, 1).

    Output shape: `(batch, num_classes)`, or `(batch, 1)` for two.

    Raises:
        ValueError: for an unknown name, less than 32 pixels, another number of channels, or weights that do not fit.
        FileNotFoundError: when the weights file is not there.
        ConnectionError: when the weights can neither be found nor downloaded.

    Example:
        >>> built = transfer_model("efficientnet-lite0", (32, 32, 3), 10, side=64, weights=None)
        >>> built.model.output_shape, built.backbone.output_shape, built.model.layers[1].name
        ((None, 10), (None, 2, 2, 1280), 'resizing')
    """
    inputs = keras.Input(tuple(input_shape), name="image")
    base = backbone(name, weights=weights, input_tensor=_as_seen(inputs, side))
    x = layers.GlobalAveragePooling2D(dtype="float32", name=POOL)(base.output)
    x = layers.Dropout(dropout, dtype="float32", name="dropout")(x)
    outputs = output_layer(num_classes)(x)
    return TransferModel(keras.Model(inputs, outputs, name=base.name), base)


def _as_seen(inputs: Any, side: int | None) -> Any:
    """Return the images with three channels, their shorter side as long as the backbone is to see it."""
    height, width, channels = inputs.shape[1:]
    x = inputs
    if channels == 1:
        x = layers.Concatenate(name="three_channels")([x, x, x])
    scale = 1.0 if side is None else side / min(height, width)
    if scale != 1.0:
        size = (round(height * scale), round(width * scale))
        # bfloat16 would round values between two bytes. The layer's own default is training=True, which Keras 3.15
        # hands on to all layers behind it when the model is called without the argument: statistics would move.
        x = layers.Resizing(*size, antialias=scale < 1, dtype="float32", name="resizing")(x, training=False)
    return x
