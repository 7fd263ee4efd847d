"""Grad-CAM++: places weighted by how much of the rise of the score each brings."""

from typing import Any

import keras
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import class_activation_map


def grad_cam_plus_plus(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    layer: str | None = None,
    output: str | int | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return Grad-CAM++ maps: positive slopes weighted by place, so that several objects of a class all show.

    Use it where an image holds the same thing more than once. The weight of channel k is
    sum_ij alpha_ijk max(g_ijk, 0) with alpha = g^2 / (2 g^2 + S_k g^3), g = dy/dA and S_k the sum of A_k over places.

    Reference: Chattopadhay et al. (2018), Grad-CAM++, https://arxiv.org/abs/1710.11063 (equation 19)

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
        >>> grad_cam_plus_plus(model, keras.ops.ones((3, 8, 8, 1)), target=1).maps.shape
        (3, 8, 8)
    """
    return class_activation_map(
        "grad_cam_plus_plus",
        weighted_by_place,
        model,
        images,
        target=target,
        layer=layer,
        output=output,
        batch_size=batch_size,
    )


def weighted_by_place(values: Any, slope: Any, images: Any) -> Any:
    """Return sum_k (sum_ij alpha_ijk max(g_ijk, 0)) A_k, of shape `(batch, height, width)`."""
    # Both sides of alpha divided by g^2, which changes nothing where g > 0 and cannot overflow.
    below = 2 + ops.sum(values, axis=(1, 2), keepdims=True) * slope
    counts = (slope > 0) & (ops.abs(below) > 1e-7)
    alpha = ops.where(counts, 1 / ops.where(counts, below, 1.0), 0.0)
    weights = ops.sum(alpha * ops.relu(slope), axis=(1, 2), keepdims=True)  # (B, 1, 1, K)
    return ops.sum(weights * values, axis=-1)
