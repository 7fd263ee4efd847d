"""Paste a piece of one image into another, and mix the labels by area."""

from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.augment.boxes import boxes_around, paste_arrays, paste_tensors
from atolye.augment.mixing import Mixing


@keras.saving.register_keras_serializable(package="atolye")
class CutMix(Mixing):
    """Paste a rectangle of another image of the batch into each image; labels are mixed by the pixels really pasted.

    Use it in long trainings, on top of flip and crop, where `Cutout` would waste the covered pixels. Labels come out
    soft, so train with a categorical loss; the training accuracy is not comparable with the validation's any more.

    The rectangle's centre lies anywhere in the image, as in the paper; what falls outside is cut off, and the labels
    count what is left, in whole pixels.

    Reference: Yun et al. (2019), CutMix: Regularization Strategy to Train Strong Classifiers, arXiv:1905.04899.

    Args:
        num_classes: number of classes, 2 or more.
        alpha: parameter of the Beta distribution of the shares, above 0; 1 in the paper.
        probability: share of the images that are mixed; 0.5 in the paper's CIFAR experiments.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input shape: images `(batch, height, width, channels)`; labels `(batch,)` class ids, or `(batch, num_classes)`.
    Output shape: images as they came in; labels `(batch, num_classes)` float32 whose rows sum to 1.

    Raises:
        ValueError: when a number is out of its range, or labels are missing or no class labels.

    Example:
        >>> images, labels = np.zeros((2, 4, 4, 3), "uint8"), np.array([0, 2])
        >>> mixed, soft = CutMix(3).augment(images, labels, generator=np.random.default_rng(0))
        >>> soft.shape, soft.sum(axis=1).tolist()
        ((2, 3), [1.0, 1.0])
    """

    # Not keras.layers.CutMix: its rectangles end between pixels, so that the labels count other areas than were pasted,
    # its alpha is drawn anew for each batch, and integer labels stop it.
    num_draws = 3

    def __init__(self, num_classes: int, *, alpha: float = 1.0, probability: float = 1.0, **options: Any) -> None:
        super().__init__(num_classes, alpha=alpha, probability=probability, **options)

    def mix_arrays(self, images: np.ndarray, shares: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        boxes, kept = self._boxes(images, shares, draws, np)
        return paste_arrays(images, boxes, np.roll(images, 1, axis=0)), kept

    def mix_tensors(self, images: Any, shares: Any, draws: Any) -> tuple[Any, Any]:
        boxes, kept = self._boxes(images, shares, draws, ops)
        return paste_tensors(images, boxes, ops.roll(images, 1, axis=0)), kept

    def _boxes(self, images: Any, shares: Any, draws: Any, xp: Any) -> tuple[tuple[Any, ...], Any]:
        """Return the rectangles, and the share of its pixels that each image keeps."""
        image = (int(images.shape[1]), int(images.shape[2]))
        side = xp.sqrt(1 - shares)
        sides = [xp.round(side * length) for length in image]
        top, bottom, left, right = boxes_around((draws[:, 0], draws[:, 1]), sides, image, xp)
        return (top, bottom, left, right), 1 - (bottom - top) * (right - left) / (image[0] * image[1])
