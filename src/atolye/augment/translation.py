"""Move images."""

from typing import Any

import keras
import numpy as np  # noqa: F401  used by the example

from atolye.augment.affine import Affine
from atolye.augment.augmentation import between
from atolye.augment.checks import check_share


@keras.saving.register_keras_serializable(package="atolye")
class Translation(Affine):
    """Move each image by up to `factor` of its height and width, also by parts of a pixel.

    Use it where things are not in the middle. `PadAndCrop` moves by whole pixels and is several times cheaper.

    Args:
        factor: largest shift as a share of the side, above 0, at most 1.
        probability: share of the images that are moved.
        seed: seed of the layer's random numbers.
        options: `name` and other options of a Keras layer.

    Input and output shape: `(batch, height, width, channels)`, any number type.

    Raises:
        ValueError: when factor or probability are out of their range.

    Example:
        >>> images = np.zeros((2, 8, 8, 3), "uint8")
        >>> Translation(0.1).augment(images, generator=np.random.default_rng(0)).shape
        (2, 8, 8, 3)
    """

    num_draws = 2

    def __init__(self, factor: float = 0.1, *, probability: float = 1.0, **options: Any) -> None:
        super().__init__(probability=probability, **options)
        self.factor = check_share("factor", factor, fix="0.1 is a mild one.")

    def inverse(self, draws: Any, xp: Any) -> tuple[Any, ...]:
        right, down = (between(-self.factor, self.factor, draws[:, column]) for column in (0, 1))
        return 1.0, 0.0, -right, 0.0, 1.0, -down

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"factor": self.factor}
