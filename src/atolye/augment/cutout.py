"""Cover a square of each image."""

from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.augment.augmentation import Augmentation, as_arrays, as_tensors
from atolye.augment.boxes import boxes_around, paste_arrays, paste_tensors
from atolye.augment.checks import ValueRange, check_share, check_value_range


@keras.saving.register_keras_serializable(package="atolye")
class Cutout(Augmentation):
    """Cover a square at a random place with the middle of the value range.

    Use it against networks that look at one detail. The square's centre lies anywhere in the image, so that a part of
    it is often outside, as in the paper.

    Reference: DeVries and Taylor (2017), Improved Regularization with Cutout, arXiv:1708.04552.

    Args:
        size: side of the square as a share of the image's, above 0, at most 1. The paper takes 0.5 for CIFAR-10.
        value_range: lowest and highest value of a pixel; `dataset.value_range`.
        probability: share of the images of which a part is covered.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: `(batch, height, width, channels)`, any number type.

    Raises:
        ValueError: when size, range or probability are out of their range.

    Example:
        >>> images = np.zeros((1, 8, 8, 1), "uint8")
        >>> covered = Cutout(0.5, value_range=(0, 255)).augment(images, generator=np.random.default_rng(0))
        >>> 4 <= int((covered == 128).sum()) <= 16
        True
    """

    num_draws = 2

    def __init__(self, size: float = 0.5, *, value_range: ValueRange, probability: float = 1.0, **options: Any) -> None:
        super().__init__(probability=probability, **options)
        self.size = check_share("size", size, fix="0.5 covers a quarter of the image.")
        self.value_range = check_value_range(value_range)

    def change_arrays(self, images: np.ndarray, draws: np.ndarray) -> np.ndarray:
        middle = as_arrays(np.full(len(images), sum(self.value_range) / 2, "float32"), images)
        return paste_arrays(images, self._boxes(images, draws, np), middle)

    def change_tensors(self, images: Any, draws: Any) -> Any:
        middle = as_tensors(ops.full((1, 1, 1, 1), sum(self.value_range) / 2, dtype="float32"), images)
        return paste_tensors(images, self._boxes(images, draws, ops), middle)

    def _boxes(self, images: Any, draws: Any, xp: Any) -> tuple[Any, ...]:
        image = (int(images.shape[1]), int(images.shape[2]))
        sides = [float(max(1, round(self.size * side))) for side in image]
        return boxes_around((draws[:, 0], draws[:, 1]), sides, image, xp)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"size": self.size, "value_range": self.value_range}
