"""Make images lighter or darker."""

from typing import Any

import keras
import numpy as np

from atolye.augment.augmentation import Augmentation, between
from atolye.augment.checks import ValueRange, check_share, check_value_range
from atolye.augment.linear_values import scale_and_shift_arrays, scale_and_shift_tensors


@keras.saving.register_keras_serializable(package="atolye")
class Brightness(Augmentation):
    """Add one number to all pixels of an image: up to `factor` of the value range, either way.

    Use it where the light changes from picture to picture. Values beyond the range are cut off.

    Args:
        factor: largest change as a share of the value range, above 0, at most 1.
        value_range: lowest and highest value of a pixel; `dataset.value_range`.
        probability: share of the images that are changed.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: `(batch, height, width, channels)`, any number type.

    Raises:
        ValueError: when factor, range or probability are out of their range.

    Example:
        >>> grey = np.full((1, 2, 2, 3), 100, "uint8")
        >>> changed = Brightness(0.2, value_range=(0, 255)).augment(grey, generator=np.random.default_rng(0))
        >>> bool(49 <= changed.min() == changed.max() <= 151)
        True
    """

    # Not keras.layers.RandomBrightness: right, but on float32 only, and its value_range has a default of (0, 255), with
    # which images in [0, 1] come out black or cut off, silently.
    num_draws = 1

    def __init__(
        self, factor: float = 0.2, *, value_range: ValueRange, probability: float = 1.0, **options: Any
    ) -> None:
        super().__init__(probability=probability, **options)
        self.factor = check_share("factor", factor, fix="0.2 is a mild one.")
        self.value_range = check_value_range(value_range)

    def change_arrays(self, images: np.ndarray, draws: np.ndarray) -> np.ndarray:
        return scale_and_shift_arrays(images, 1.0, self._shift(draws), self.value_range)

    def change_tensors(self, images: Any, draws: Any) -> Any:
        return scale_and_shift_tensors(images, 1.0, self._shift(draws), self.value_range)

    def _shift(self, draws: Any) -> Any:
        largest = self.factor * (self.value_range[1] - self.value_range[0])
        return between(-largest, largest, draws[:, 0])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"factor": self.factor, "value_range": self.value_range}
