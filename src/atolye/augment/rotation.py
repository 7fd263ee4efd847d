"""Turn images."""

from typing import Any

import keras
import numpy as np

from atolye.augment.affine import Affine
from atolye.augment.augmentation import between
from atolye.augment.checks import check_share


@keras.saving.register_keras_serializable(package="atolye")
class Rotation(Affine):
    """Turn each image about its centre by an angle of up to `degrees` either way.

    Use it where things stand at any angle: aerial and microscope pictures, hand-held photographs (a few degrees).

    Args:
        degrees: largest angle, above 0, at most 180. Keras's `RandomRotation(0.1)` is 36 degrees.
        probability: share of the images that are turned.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: `(batch, height, width, channels)`, any number type.

    Raises:
        ValueError: when degrees or probability are out of their range.

    Example:
        >>> images = np.zeros((2, 8, 8, 3), "uint8")
        >>> Rotation(15).augment(images, generator=np.random.default_rng(0)).shape
        (2, 8, 8, 3)
    """

    num_draws = 1

    def __init__(self, degrees: float = 15.0, *, probability: float = 1.0, **options: Any) -> None:
        super().__init__(probability=probability, **options)
        self.degrees = check_share("degrees", degrees, up_to=180, fix="15 is a mild one.")

    def inverse(self, draws: Any, xp: Any) -> tuple[Any, ...]:
        angle = between(-1.0, 1.0, draws[:, 0]) * (self.degrees * np.pi / 180)
        cosine, sine = xp.cos(angle), xp.sin(angle)
        return cosine, -sine, 0.0, sine, cosine, 0.0

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"degrees": self.degrees}
