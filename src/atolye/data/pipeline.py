"""Batches for training: shuffled by seed and epoch, gathered from memory or disk, augmented, never all at once."""

from typing import Any, Protocol

import numpy as np
import pandas as pd

from atolye.data.dataset import Split
from atolye.data.pruning import DataPruning

PARALLEL_CALLS = 2  # augmented batches in the making at a time; what comes out does not depend on it


class Augment(Protocol):
    """What `batches` asks of an augmentation: every technique of `atolye.augment` has it."""

    def augment(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, generator: np.random.Generator, epoch: int = 0
    ) -> Any:
        """Return changed copies of images, and labels where they were given."""


def batches(
    split: Split,
    batch_size: int,
    *,
    shuffle: bool = False,
    seed: int = 0,
    first_epoch: int = 0,
    drop_remainder: bool = False,
    augment: Augment | None = None,
    pruning: DataPruning | None = None,
    num_parallel_calls: int = PARALLEL_CALLS,
) -> Any:
    """Return the split as batches for `model.fit(..., shuffle=False)`, `evaluate` and `predict`: always the same ones.

    Every pass over the result is one epoch. The order of an epoch depends on `seed` and the epoch's number alone, so a
    training can be repeated bit by bit, and resumed at `first_epoch` with the batches that it would have seen.
    Images stay uint8; rows of memory-mapped inputs are read from disk when their batch comes.

    Args:
        split: images, or encoded rows of a table (see `TableEncoder`).
        batch_size: examples a batch, at least 1.
        shuffle: whether each epoch has an order of its own.
        seed: the same seed, the same orders.
        first_epoch: number of the epoch that the first pass is, counted from 0.
        drop_remainder: whether to leave out a last batch that is not full.
        augment: what changes the images of each batch: a technique or policy of `atolye.augment`. Pass it for the
            training split only. Its random numbers depend on `seed`, epoch and the batch's number alone.
        pruning: what leaves examples out of some epochs, whose batches are smaller then, not fewer; needs `shuffle`.
        num_parallel_calls: batches that are augmented at the same time, on TensorFlow.

    Returns:
        On TensorFlow a `tf.data.Dataset`, on other backends a `keras.utils.PyDataset`, of `(inputs, targets)`: targets
        int64 class ids, or float32 for regression, of shape `(batch_size,)`; where images are mixed, float32 shares of
        shape `(batch_size, num_classes)`.

    Raises:
        ValueError: when the batch size is below 1, the split is empty, a table has not been encoded, the
            augmentation does not fit the images or targets, or examples that are not shuffled are to be left out.

    Example:
        >>> part = Split(np.zeros((5, 8, 8, 1), np.uint8), np.arange(5), np.arange(5).astype(str))
        >>> [len(targets) for _, targets in batches(part, 2)]
        [2, 2, 1]
    """
    if num_parallel_calls < 1:
        raise ValueError(f"num_parallel_calls must be at least 1; received {num_parallel_calls}.")
    plan = BatchPlan(split, batch_size, shuffle, seed, drop_remainder, augment, pruning)
    import keras

    if keras.backend.backend() == "tensorflow":
        from atolye.data.pipeline_tensorflow import dataset_of

        return dataset_of(plan, first_epoch, num_parallel_calls)
    from atolye.data.pipeline_keras import PlannedBatches

    return PlannedBatches(plan, first_epoch)


class BatchPlan:
    """Which rows make up which batch of which epoch, and how to fetch them. Arguments as for `batches`."""

    def __init__(
        self,
        split: Split,
        batch_size: int,
        shuffle: bool,
        seed: int,
        drop_remainder: bool,
        augment: Augment | None = None,
        pruning: DataPruning | None = None,
    ) -> None:
        if pruning is not None and not shuffle:
            raise ValueError(
                "Received pruning with shuffle=False; expected shuffle=True: what is left out is chosen at random. "
                "Pass shuffle=True."
            )
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1; received {batch_size}.")
        if isinstance(split.inputs, pd.DataFrame):
            raise ValueError(
                "batches of a table need numbers; received raw columns. Encode them first: "
                "Split(encoder.transform(split.inputs), split.targets, split.ids)."
            )
        if len(split) < (batch_size if drop_remainder else 1):
            raise ValueError(f"the split holds {len(split)} examples, too few for one batch of {batch_size}.")
        self.inputs: np.ndarray = split.inputs
        self.targets = split.targets
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self.num_batches = len(split) // batch_size if drop_remainder else -(-len(split) // batch_size)
        self.augment, self.pruning, self.drop_remainder = augment, pruning, drop_remainder
        kept = len(split) - (round(pruning.share * len(split)) if pruning else 0)
        if kept < self.num_batches:
            raise ValueError(
                f"Received batch_size={batch_size}; expected at least one of the {kept} examples that pruning keeps "
                f"for each of {self.num_batches} batches. Raise batch_size, or leave out less."
            )
        if augment is not None:
            self.batch(np.arange(min(2, len(split))), 0)  # what does not fit is told before the training, not in it

    def order(self, epoch: int) -> np.ndarray:
        """Return the row numbers in the order of that epoch; with pruning, ask when the epoch before has ended."""
        if not self.shuffle:
            return np.arange(len(self.targets))
        order = np.random.default_rng([self.seed, epoch]).permutation(len(self.targets))
        return order if self.pruning is None else self.pruning.choose(order, epoch)

    def batch(self, order: np.ndarray, number: int, epoch: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return inputs and targets of batch `number` of that epoch, whose order is `order`."""
        inputs, targets = self._gather(order[self._part(len(order), number, epoch)])
        if self.augment is None:
            return inputs, targets
        # A generator of its own for each batch: which one is made first does not matter.
        generator = np.random.default_rng([self.seed, epoch, number, 1])
        return self.augment.augment(inputs, targets, generator=generator, epoch=epoch)

    def _part(self, count: int, number: int, epoch: int) -> slice:
        """Return which of an epoch's examples make up that batch; of a pruned epoch they are divided evenly."""
        if self.pruning is None or not self.pruning.prunes(epoch) or count == len(self.targets):
            return slice(number * self.batch_size, (number + 1) * self.batch_size)
        size, larger = divmod(count, self.num_batches)
        if self.drop_remainder:  # all batches of an epoch have one size
            size, larger = min(size, self.batch_size), 0
        start = number * size + min(number, larger)
        return slice(start, start + size + (number < larger))

    def _gather(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not self.shuffle:
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            return np.ascontiguousarray(self.inputs[part]), self.targets[part]
        if isinstance(self.inputs, np.memmap):
            # The disk is read from front to back; then the batch gets its own order again.
            ranks = np.argsort(rows)
            inputs = np.empty((len(rows), *self.inputs.shape[1:]), self.inputs.dtype)
            inputs[ranks] = self.inputs[rows[ranks]]
            return inputs, self.targets[rows]
        return self.inputs[rows], self.targets[rows]
