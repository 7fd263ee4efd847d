"""LayerCAM: values weighted by their own positive slope."""

from typing import Any

import keras
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import class_activation_map


def layer_cam(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    layer: str | None = None,
    output: str | int | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return LayerCAM maps: the layer's values, each weighted by its own slope where that is positive.

    Use it on earlier layers, whose maps are finer: Grad-CAM's one weight a channel is too coarse there.

    Reference: Jiang et al. (2021), LayerCAM, https://doi.org/10.1109/TIP.2021.3089943

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
        >>> layer_cam(model, keras.ops.ones((3, 8, 8, 1)), target=1).maps.shape
        (3, 8, 8)
    """
    return class_activation_map(
        "layer_cam",
        values_times_positive_slope,
        model,
        images,
        target=target,
        layer=layer,
        output=output,
        batch_size=batch_size,
    )


def values_times_positive_slope(values: Any, slope: Any, images: Any) -> Any:
    """Return sum_k max(dy/dA_k, 0) * A_k, of shape `(batch, height, width)`."""
    return ops.sum(ops.relu(slope) * values, axis=-1)
