"""Cover a rectangle of random area and shape in some of the images."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.augment.augmentation import Augmentation, as_arrays, as_tensors, between
from atolye.augment.boxes import paste_arrays, paste_tensors
from atolye.augment.checks import ValueRange, check_value_range


@keras.saving.register_keras_serializable(package="atolye")
class RandomErasing(Augmentation):
    """Cover a rectangle that lies wholly inside the image with one random grey.

    Use it for `Cutout` where the things that hide others come in all sizes.

    Reference: Zhong et al. (2020), Random Erasing Data Augmentation, arXiv:1708.04896; there with random pixels.

    Args:
        area: smallest and largest area as a share of the image's, in [0, 1].
        ratio: smallest and largest height over width, above 0; drawn on a logarithmic scale.
        value_range: lowest and highest value of a pixel; `dataset.value_range`.
        probability: share of the images of which a part is covered.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: `(batch, height, width, channels)`, any number type.

    Raises:
        ValueError: when area, ratio, range or probability are out of their range.

    Example:
        >>> images = np.zeros((2, 8, 8, 3), "uint8")
        >>> RandomErasing(value_range=(0, 255)).augment(images, generator=np.random.default_rng(0)).shape
        (2, 8, 8, 3)
    """

    # Not keras.layers.RandomErasing: right, but on float32 only, and value_range has a default of (0, 255).
    num_draws = 5

    def __init__(
        self,
        area: Sequence[float] = (0.02, 0.33),
        *,
        ratio: Sequence[float] = (0.3, 3.3),
        value_range: ValueRange,
        probability: float = 0.5,
        **options: Any,
    ) -> None:
        super().__init__(probability=probability, **options)
        if len(area) != 2 or not 0 <= area[0] <= area[1] <= 1:
            raise ValueError(f"Received area={tuple(area)}; expected two shares of the image, rising, from 0 to 1.")
        if len(ratio) != 2 or not 0 < ratio[0] <= ratio[1]:
            raise ValueError(
                f"Received ratio={tuple(ratio)}; expected two numbers above 0, rising, such as (0.3, 3.3)."
            )
        self.area, self.ratio = (float(area[0]), float(area[1])), (float(ratio[0]), float(ratio[1]))
        self.value_range = check_value_range(value_range)

    def change_arrays(self, images: np.ndarray, draws: np.ndarray) -> np.ndarray:
        greys = between(*self.value_range, draws[:, 4])
        return paste_arrays(images, self._boxes(images, draws, np), as_arrays(greys, images))

    def change_tensors(self, images: Any, draws: Any) -> Any:
        greys = ops.reshape(between(*self.value_range, draws[:, 4]), (-1, 1, 1, 1))
        return paste_tensors(images, self._boxes(images, draws, ops), as_tensors(greys, images))

    def _boxes(self, images: Any, draws: Any, xp: Any) -> tuple[Any, ...]:
        height, width = int(images.shape[1]), int(images.shape[2])
        area = between(*self.area, draws[:, 0]) * (height * width)
        ratio = xp.exp(between(float(np.log(self.ratio[0])), float(np.log(self.ratio[1])), draws[:, 1]))
        tall = xp.clip(xp.round(xp.sqrt(area * ratio)), 1.0, height)
        wide = xp.clip(xp.round(xp.sqrt(area / ratio)), 1.0, width)
        top, left = xp.floor(draws[:, 2] * (height - tall + 1)), xp.floor(draws[:, 3] * (width - wide + 1))
        return top, top + tall, left, left + wide

    def get_config(self) -> dict[str, Any]:
        config = {"area": self.area, "ratio": self.ratio, "value_range": self.value_range}
        return super().get_config() | config
