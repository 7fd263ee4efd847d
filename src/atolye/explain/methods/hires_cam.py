"""HiResCAM: values times slopes, place by place."""

from typing import Any

import keras
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import class_activation_map


def hires_cam(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    layer: str | None = None,
    output: str | int | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return HiResCAM maps: the layer's values times the slope of the score by them, summed over channels.

    Use it where the head after the layer is not global average pooling (a Flatten, say): it shows what the model
    used, place by place, and sums up to the score but for the bias. With global average pooling it equals Grad-CAM.

    Reference: Draelos and Carin (2020), HiResCAM, https://arxiv.org/abs/2011.08891

    Args:
        model: as the other arguments, see `explain_images`.
        images: of shape `(num_images, height, width, channels)`.
        target: class to explain; default: the model's answer.
        layer: layer to read; default: the last that makes a picture.
        output: name of the output, where there are several.
        batch_size: images at a time.

    Example:
        >>> convolution = keras.layers.Conv2D(2, 3, activation="relu", padding="same")
        >>> layers = [convolution, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, "softmax")]
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
        >>> hires_cam(model, keras.ops.ones((3, 8, 8, 1)), target=1).maps.shape
        (3, 8, 8)
    """
    return class_activation_map(
        "hires_cam",
        values_times_slope,
        model,
        images,
        target=target,
        layer=layer,
        output=output,
        batch_size=batch_size,
    )


def values_times_slope(values: Any, slope: Any, images: Any) -> Any:
    """Return sum_k dy/dA_k * A_k, of shape `(batch, height, width)`."""
    return ops.sum(slope * values, axis=-1)
