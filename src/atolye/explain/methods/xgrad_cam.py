"""XGrad-CAM: channels weighted by slopes that are weighted by the values themselves."""

from typing import Any

import keras
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import class_activation_map


def xgrad_cam(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    layer: str | None = None,
    output: str | int | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return XGrad-CAM maps: like Grad-CAM, with each channel's slope averaged where the channel is active.

    Use it to check Grad-CAM: it is derived from two axioms (sensitivity and conservation), and the weight of channel k
    is sum_ij g_ijk A_ijk / sum_ij A_ijk.

    Reference: Fu et al. (2020), Axiom-based Grad-CAM, https://arxiv.org/abs/2008.02312

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
        >>> xgrad_cam(model, keras.ops.ones((3, 8, 8, 1)), target=1).maps.shape
        (3, 8, 8)
    """
    return class_activation_map(
        "xgrad_cam",
        weighted_by_active_slope,
        model,
        images,
        target=target,
        layer=layer,
        output=output,
        batch_size=batch_size,
    )


def weighted_by_active_slope(values: Any, slope: Any, images: Any) -> Any:
    """Return sum_k (sum_ij g_ijk A_ijk / sum_ij A_ijk) A_k, of shape `(batch, height, width)`."""
    total = ops.sum(values, axis=(1, 2), keepdims=True)  # (B, 1, 1, K)
    active = ops.abs(total) > 1e-7  # a silent channel adds nothing
    weights = ops.where(
        active, ops.sum(slope * values, axis=(1, 2), keepdims=True) / ops.where(active, total, 1.0), 0.0
    )
    return ops.sum(weights * values, axis=-1)
