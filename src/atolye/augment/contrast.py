"""Pull the pixels of an image apart or together."""

from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.augment.augmentation import Augmentation, between
from atolye.augment.checks import ValueRange, check_share, check_value_range
from atolye.augment.linear_values import scale_and_shift_arrays, scale_and_shift_tensors


@keras.saving.register_keras_serializable(package="atolye")
class Contrast(Augmentation):
    """Multiply the distance of each pixel from the image's mean by a number in [1 - factor, 1 + factor].

    Use it where haze, film or camera change from picture to picture. One mean an image: colours keep their balance.
    Values beyond the range are cut off.

    Args:
        factor: largest change, above 0, at most 1; with 1 an image may become a grey area.
        value_range: lowest and highest value of a pixel; `dataset.value_range`.
        probability: share of the images that are changed.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: `(batch, height, width, channels)`, any number type.

    Raises:
        ValueError: when factor, range or probability are out of their range.

    Example:
        >>> images = np.array([80, 120], "uint8").reshape(1, 1, 2, 1)
        >>> changed = Contrast(0.5, value_range=(0, 255)).augment(images, generator=np.random.default_rng(0))
        >>> round(float(changed.mean()))
        100
    """

    # Not keras.layers.RandomContrast: its mean is each channel's own, so that a low factor takes the colour out of an
    # image, and it works on float32 only.
    num_draws = 1

    def __init__(
        self, factor: float = 0.2, *, value_range: ValueRange, probability: float = 1.0, **options: Any
    ) -> None:
        super().__init__(probability=probability, **options)
        self.factor = check_share("factor", factor, fix="0.2 is a mild one.")
        self.value_range = check_value_range(value_range)

    def change_arrays(self, images: np.ndarray, draws: np.ndarray) -> np.ndarray:
        scale = between(1 - self.factor, 1 + self.factor, draws[:, 0])
        means = images.reshape(len(images), -1).mean(axis=1, dtype="float32")
        return scale_and_shift_arrays(images, scale, (1 - scale) * means, self.value_range)

    def change_tensors(self, images: Any, draws: Any) -> Any:
        scale = between(1 - self.factor, 1 + self.factor, draws[:, 0])
        means = ops.mean(ops.cast(images, "float32"), axis=(1, 2, 3))
        return scale_and_shift_tensors(images, scale, (1 - scale) * means, self.value_range)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"factor": self.factor, "value_range": self.value_range}
