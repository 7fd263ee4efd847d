"""Cached features of several augmented views: one of them for each example and epoch."""

from typing import Any

import numpy as np


class PickView:
    """Pick one view of each example at random, as an augmentation for `atolye.data.batches`.

    Use it to train on `cache_features(..., augment=..., views=4)`: in each epoch an example is seen in one of its
    views, so that a cached training is augmented too. Which one depends on the seed of `batches`, epoch and batch
    alone.

    Example:
        >>> features = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])  # 2 examples, 2 views, 1 feature
        >>> PickView().augment(features, generator=np.random.default_rng(0)).tolist()
        [[2.0], [4.0]]
    """

    def augment(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, generator: np.random.Generator, epoch: int = 0
    ) -> Any:
        """Return one view of each example.

        Args:
            images: features of shape `(batch, views, height, width, channels)` or `(batch, views, channels)`.
            labels: what the examples show; they are passed on.
            generator: source of the random numbers.
            epoch: not used: each epoch has a generator of its own.

        Returns:
            Features of shape `(batch, height, width, channels)` or `(batch, channels)`, or `(features, labels)` when
            labels were given.

        Raises:
            ValueError: when the features have no views.
        """
        if images.ndim not in (3, 5):
            raise ValueError(
                f"Received features of shape {images.shape}; expected (batch, views, height, width, channels) or "
                "(batch, views, channels). Make them with cache_features(..., augment=..., views=4), or leave "
                "PickView out."
            )
        views = generator.integers(0, images.shape[1], len(images))
        picked = images[np.arange(len(images)), views]
        return picked if labels is None else (picked, labels)
