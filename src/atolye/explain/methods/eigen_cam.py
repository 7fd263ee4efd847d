"""Eigen-CAM: the strongest common pattern of a layer's channels, whatever the class."""

from typing import Any

import keras
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import class_activation_map


def eigen_cam(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    layer: str | None = None,
    output: str | int | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return Eigen-CAM maps: the layer's values along their first principal direction.

    Use it to see what stands out to the model, without any slope: it does not depend on the class. Of the two signs
    of a principal direction the one is taken whose largest value is positive.

    Reference: Muhammad and Yeasin (2020), Eigen-CAM, https://arxiv.org/abs/2008.00299

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
        >>> eigen_cam(model, keras.ops.ones((3, 8, 8, 1)), target=1).maps.shape
        (3, 8, 8)
    """
    return class_activation_map(
        "eigen_cam",
        first_component,
        model,
        images,
        target=target,
        layer=layer,
        output=output,
        batch_size=batch_size,
        gradient=False,
    )


def first_component(values: Any, slope: Any, images: Any) -> Any:
    """Return A v, with v the first right singular vector of A (places x channels): `(batch, height, width)`."""
    height, width, channels = values.shape[1:]
    places = ops.reshape(values, (-1, height * width, channels))  # (B, H, W, K) -> (B, Z, K)
    across = ops.transpose(places, (0, 2, 1))
    # From the smaller of the two Gram matrices, which takes milliseconds where the whole SVD takes a second.
    if height * width <= channels:
        squares, vectors = ops.eigh(ops.matmul(places, across))  # ascending: the last is the first component
        along = vectors[..., -1] * ops.sqrt(ops.relu(squares[..., -1:]))  # (B, Z)
    else:
        _, vectors = ops.eigh(ops.matmul(across, places))
        along = ops.matmul(places, vectors[..., -1:])[..., 0]  # (B, Z)
    upright = ops.max(along, axis=-1, keepdims=True) >= -ops.min(along, axis=-1, keepdims=True)
    return ops.reshape(ops.where(upright, along, -along), (-1, height, width))
