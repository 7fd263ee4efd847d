"""Bring images nearer or farther."""

from typing import Any

import keras
import numpy as np  # noqa: F401  used by the example

from atolye.augment.affine import Affine
from atolye.augment.augmentation import between
from atolye.augment.checks import check_share


@keras.saving.register_keras_serializable(package="atolye")
class Zoom(Affine):
    """Scale each image about its centre by a factor between `1 / (1 + factor)` and `1 + factor`, both alike likely.

    Use it where things come in several sizes. Height and width keep their proportion. Sizes are drawn on a logarithmic
    scale, since twice as large and half as large are equally far from 1.

    Args:
        factor: 0.2 zooms from 0.83 to 1.2 times; above 0, at most 1.
        probability: share of the images that are scaled.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: `(batch, height, width, channels)`, any number type.

    Raises:
        ValueError: when factor or probability are out of their range.

    Example:
        >>> images = np.zeros((2, 8, 8, 3), "uint8")
        >>> Zoom(0.2).augment(images, generator=np.random.default_rng(0)).shape
        (2, 8, 8, 3)
    """

    num_draws = 1

    def __init__(self, factor: float = 0.15, *, probability: float = 1.0, **options: Any) -> None:
        super().__init__(probability=probability, **options)
        self.factor = check_share("factor", factor, fix="0.15 is a mild one.")

    def inverse(self, draws: Any, xp: Any) -> tuple[Any, ...]:
        scale = (1.0 + self.factor) ** between(-1.0, 1.0, draws[:, 0])
        return 1 / scale, 0.0, 0.0, 0.0, 1 / scale, 0.0

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"factor": self.factor}
