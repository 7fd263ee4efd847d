"""Convolution kernels that begin by passing their input through."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="atolye")
class Dirac(keras.initializers.Initializer):
    """Start a convolution as the identity: its first filters hand on the input's channels, the others are random.

    Use it for the 3 x 3 convolutions of a network without shortcuts that is to learn in a few epochs: what comes in
    reaches the end from the first update on, as in a residual network. The first `min(channels, filters)` filters are 1
    at their centre and their own channel, else 0. The others are uniform within `1 / sqrt(fan_in)`, PyTorch's default.
    With `padding="same"` and stride 1 the first channels come out as they came in. Not for `groups` above 1.

    Reference: Jordan (2024), 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, arXiv:2404.00498, section 3.3; Zagoruyko
        and Komodakis (2017), DiracNets, arXiv:1706.00388.

    Args:
        seed: seed of the random filters; None draws others each time the initialiser is made.

    Returns:
        at the call with a kernel's shape, `(*sides, channels, filters)`, a tensor of that shape.

    Raises:
        ValueError: at the call, for the shape of a kernel that is none of a convolution.

    Example:
        >>> layer = keras.layers.Conv2D(4, 3, padding="same", kernel_initializer=Dirac())
        >>> images = np.arange(32, dtype="float32").reshape(1, 4, 4, 2)
        >>> bool((np.array(layer(images))[..., :2] == images).all())
        True
    """

    def __init__(self, *, seed: int | None = None) -> None:
        # Uniform within +-limit has the variance limit ** 2 / 3; here limit ** 2 is 1 / fan_in.
        self._random = keras.initializers.VarianceScaling(1 / 3, mode="fan_in", distribution="uniform", seed=seed)

    def __call__(self, shape: Sequence[int], dtype: Any = None, **options: Any) -> Any:
        if len(shape) < 3:
            raise ValueError(
                f"Dirac received the kernel shape {tuple(shape)}; expected (*sides, channels, filters) of a "
                "convolution. Take keras.initializers.Identity for a Dense layer."
            )
        *sides, channels, filters = shape
        kernel = self._random(shape, dtype=dtype)
        passed = min(channels, filters)
        identity = np.zeros((*shape[:-1], passed))
        # Padding puts the odd pixel of an even filter at the end, so that its centre is the one before.
        centre = tuple((side - 1) // 2 for side in sides)
        identity[centre][np.arange(passed), np.arange(passed)] = 1  # a view of the centre's (channels, passed)
        return ops.concatenate([ops.cast(identity, kernel.dtype), kernel[..., passed:]], axis=-1)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self._random.get_config()["seed"]}
