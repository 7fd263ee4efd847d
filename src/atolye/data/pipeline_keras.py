"""Batches as a `keras.utils.PyDataset`, for backends other than TensorFlow."""

from collections.abc import Iterator

import keras
import numpy as np

from atolye.data.pipeline import BatchPlan


class PlannedBatches(keras.utils.PyDataset):
    """The batches of a `BatchPlan`; an epoch ends when its last batch has been taken.

    Args:
        plan: which rows make up which batch.
        first_epoch: number of the first epoch, counted from 0.
    """

    def __init__(self, plan: BatchPlan, first_epoch: int) -> None:
        super().__init__()
        self.plan = plan
        self.epoch = first_epoch
        self._order: np.ndarray | None = None  # made when the epoch begins, which may depend on how the last one went
        self._finished = False

    @property
    def num_batches(self) -> int:
        """Batches an epoch."""
        return self.plan.num_batches

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self._order is None:
            self._order = self.plan.order(self.epoch)
        self._finished |= index == self.num_batches - 1
        return self.plan.batch(self._order, index, self.epoch)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for number in range(self.num_batches):
            yield self[number]
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        """Go on to the next epoch's order, if this one was gone through."""
        # Keras also calls this before the first epoch, when it has looked at a first batch or at none.
        if self._finished:
            self.epoch += 1
            self._order = None
            self._finished = False
