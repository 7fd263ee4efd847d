"""Grad-CAM: channels weighted by the mean slope of the class's score."""

from typing import Any

import keras
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import class_activation_map


def grad_cam(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    layer: str | None = None,
    output: str | int | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return Grad-CAM maps: the layer's channels, each weighted by the mean slope of the score by it.

    Use it first: one pass forward and a short way back, and right for networks that end in global average pooling.
    With a_k the mean of dy/dA_k over places, the map is sum_k a_k A_k; what is above 0 is shown.

    Reference: Selvaraju et al. (2017), Grad-CAM, https://arxiv.org/abs/1610.02391

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
        >>> grad_cam(model, keras.ops.ones((3, 8, 8, 1)), target=1).maps.shape
        (3, 8, 8)
    """
    return class_activation_map(
        "grad_cam",
        weighted_by_mean_slope,
        model,
        images,
        target=target,
        layer=layer,
        output=output,
        batch_size=batch_size,
    )


def weighted_by_mean_slope(values: Any, slope: Any, images: Any) -> Any:
    """Return sum_k mean(dy/dA_k) A_k, of shape `(batch, height, width)`."""
    weights = ops.mean(slope, axis=(1, 2), keepdims=True)  # (B, 1, 1, K)
    return ops.sum(weights * values, axis=-1)
