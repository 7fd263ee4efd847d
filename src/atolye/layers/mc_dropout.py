"""Dropout that stays on at prediction time, for models that are meant to be asked many times."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="atolye")
class MCDropout(keras.layers.Dropout):
    """Drop a share of the inputs at random, in training and at inference alike.

    Use it when each single prediction of a model shall be one draw, as in Monte-Carlo dropout. For a model with
    ordinary Dropout use `atolye.explain.predict_with_uncertainty`, which turns dropout on for the asking only.

    Reference: Gal and Ghahramani (2016), arXiv:1506.02142.

    Args:
        rate: share of the inputs to drop, from 0 up to but not including 1; the others are divided by 1 - rate.
        noise_shape: shape of the random mask, as in `keras.layers.Dropout`.
        seed: integer for repeatable draws.

    Call arguments:
        inputs: float tensor of any shape.
        training: ignored.

    Returns:
        a tensor of the shape of `inputs`.

    Example:
        >>> layer = MCDropout(0.5, seed=0)
        >>> sorted({float(value) for value in layer(keras.ops.ones(100), training=False)})
        [0.0, 2.0]
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **options: Any) -> None:
        if not 0 <= rate < 1:
            raise ValueError(
                f"Received rate={rate}; expected a share from 0 up to but not including 1. Pass 0 for none."
            )
        super().__init__(rate, noise_shape=noise_shape, seed=seed, **options)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return super().call(inputs, training=True)
