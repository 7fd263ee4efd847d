"""Blend two images, and their labels."""

from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.augment.augmentation import as_arrays, as_tensors, blocks
from atolye.augment.mixing import Mixing

LEVELS = 256  # shares are multiples of 1 / 256: no finer than the pixels, and the label tells the same number


@keras.saving.register_keras_serializable(package="atolye")
class MixUp(Mixing):
    """Blend each image with another one of the batch, pixel by pixel, and the labels in the same shares.

    Use it in long trainings, on top of flip and crop: it keeps a network from being sure of single examples. Labels
    come out soft, so train with a categorical loss; training and validation accuracy can then not be compared.

    Reference: Zhang et al. (2018), mixup: Beyond Empirical Risk Minimization, arXiv:1710.09412.

    Args:
        num_classes: number of classes, 2 or more.
        alpha: parameter of the Beta distribution of the shares, above 0; 0.2 to 0.4 in the paper.
        probability: share of the images that are mixed.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input shape: images `(batch, height, width, channels)`; labels `(batch,)` class ids, or `(batch, num_classes)`.
    Output shape: images as they came in; labels `(batch, num_classes)` float32 whose rows sum to 1.

    Raises:
        ValueError: when a number is out of its range, or labels are missing or no class labels.

    Example:
        >>> images, labels = np.zeros((2, 4, 4, 3), "uint8"), np.array([0, 2])
        >>> mixed, soft = MixUp(3).augment(images, labels, generator=np.random.default_rng(0))
        >>> soft.shape, soft.sum(axis=1).tolist()
        ((2, 3), [1.0, 1.0])
    """

    # Not keras.layers.MixUp: it stops at integer labels, also one-hot ones, and does nothing, silently, to the labels
    # when it gets images alone, and to both when they come without a batch.
    num_draws = 1

    def __init__(self, num_classes: int, *, alpha: float = 0.2, probability: float = 1.0, **options: Any) -> None:
        super().__init__(num_classes, alpha=alpha, probability=probability, **options)

    def mix_arrays(self, images: np.ndarray, shares: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        levels = np.rint(shares * LEVELS)
        own = (levels / LEVELS).astype("float32")[:, None, None, None]
        mixed = np.empty_like(images)
        for rows in blocks(images):
            values = images[rows] * own[rows]
            before = images[np.arange(rows.start, rows.stop) - 1]  # the first is mixed with the last
            values += before * (1 - own[rows])
            mixed[rows] = as_arrays(values, images)
        return mixed, levels / LEVELS

    def mix_tensors(self, images: Any, shares: Any, draws: Any) -> tuple[Any, Any]:
        kept = ops.round(shares * LEVELS) / LEVELS
        own = ops.reshape(kept, (-1, 1, 1, 1))
        values = ops.cast(images, "float32")
        return as_tensors(values * own + ops.roll(values, 1, axis=0) * (1 - own), images), kept
