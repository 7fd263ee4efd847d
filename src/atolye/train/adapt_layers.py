"""Layers whose weights are computed from the training images, before the first epoch."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

NUM_IMAGES = 5000


def adapt_layers(model: "keras.Model", inputs: Any) -> None:
    """Call `adapt` of the model's `Whitening` layers with training images, spread evenly over all; change nothing else.

    Example:
        >>> from atolye.models import whitened_cnn
        >>> model = whitened_cnn((9, 9, 3), 2, widths=(8,))
        >>> adapt_layers(model, np.random.default_rng(0).integers(0, 256, (50, 9, 9, 3), dtype="uint8"))
    """
    from atolye.layers import Whitening

    for layer in model._flatten_layers():
        if isinstance(layer, Whitening):
            layer.adapt(np.asarray(inputs[:: -(-len(inputs) // NUM_IMAGES)]))
