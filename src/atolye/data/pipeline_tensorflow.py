"""Batches as a `tf.data.Dataset`: gathered by NumPy in the background while the model works on the batch before."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from atolye.autotune import without_autotune
from atolye.data.pipeline import BatchPlan

_AHEAD = 2  # batches ready before they are asked for


def dataset_of(plan: BatchPlan, first_epoch: int, num_parallel_calls: int = 1) -> tf.data.Dataset:
    """Return the plan's batches; each pass over the dataset is the next epoch."""
    epochs = iter(range(first_epoch, 2**62))
    lock = threading.Lock()

    def next_epoch() -> int:
        with lock:
            return next(epochs)

    if plan.augment is None:
        dataset = _one_by_one(plan, next_epoch)
    else:
        dataset = _side_by_side(plan, next_epoch, num_parallel_calls)
    counted = dataset.apply(tf.data.experimental.assert_cardinality(plan.num_batches))
    return without_autotune(counted.prefetch(_AHEAD))


def _one_by_one(plan: BatchPlan, next_epoch: Callable[[], int]) -> tf.data.Dataset:
    def one_epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        epoch = next_epoch()
        order = plan.order(epoch)
        for number in range(plan.num_batches):
            yield plan.batch(order, number, epoch)

    return tf.data.Dataset.from_generator(one_epoch, output_signature=_signature(plan.inputs, plan.targets))


def _side_by_side(plan: BatchPlan, next_epoch: Callable[[], int], num_parallel_calls: int) -> tf.data.Dataset:
    """Augment several batches at a time: NumPy lets other threads compute while it works on an array."""
    orders: dict[int, np.ndarray] = {}

    def numbers() -> Iterator[tuple[int, int]]:
        epoch = next_epoch()
        orders[epoch] = plan.order(epoch)
        try:
            for number in range(plan.num_batches):
                yield epoch, number
        finally:
            while len(orders) > 4:  # batches of the epoch before may still be in the making
                del orders[next(iter(orders))]

    def batch(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        epoch, number = (int(part) for part in place)
        return plan.batch(orders[epoch], number, epoch)

    free_size = getattr(plan.augment, "changes_size", False)
    signature = _signature(*plan.batch(np.arange(1), 0), free_size=free_size)

    def load(place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        inputs, targets = tf.numpy_function(batch, [place], [spec.dtype for spec in signature], stateful=False)
        inputs.set_shape(signature[0].shape)
        targets.set_shape(signature[1].shape)
        return inputs, targets

    places = tf.data.Dataset.from_generator(numbers, output_signature=tf.TensorSpec((2,), tf.int64))
    return places.map(load, num_parallel_calls=num_parallel_calls, deterministic=True)


def _signature(
    inputs: np.ndarray, targets: np.ndarray, *, free_size: bool = False
) -> tuple[tf.TensorSpec, tf.TensorSpec]:
    """Return types and shapes of batches like this one, of any number of examples; of images of any size, too."""
    shape = (None, None, inputs.shape[-1]) if free_size else inputs.shape[1:]
    return (
        tf.TensorSpec((None, *shape), tf.as_dtype(inputs.dtype)),
        tf.TensorSpec((None, *targets.shape[1:]), tf.as_dtype(targets.dtype)),
    )
