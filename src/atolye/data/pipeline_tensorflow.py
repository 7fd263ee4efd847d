"""Batches as a `tf.data.Dataset`: gathered by NumPy in the background while the model works on the batch before."""

import threading
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from atolye.data.pipeline import BatchPlan

_AHEAD = 2  # batches ready before they are asked for


def dataset_of(plan: BatchPlan, first_epoch: int) -> tf.data.Dataset:
    """Return the plan's batches; each pass over the dataset is the next epoch."""
    epochs = iter(range(first_epoch, 2**62))
    lock = threading.Lock()

    def one_epoch() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        with lock:
            epoch = next(epochs)
        order = plan.order(epoch)
        for number in range(plan.num_batches):
            yield plan.batch(order, number)

    signature = (
        tf.TensorSpec((None, *plan.inputs.shape[1:]), tf.as_dtype(plan.inputs.dtype)),
        tf.TensorSpec((None, *plan.targets.shape[1:]), tf.as_dtype(plan.targets.dtype)),
    )
    dataset = tf.data.Dataset.from_generator(one_epoch, output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(plan.num_batches)).prefetch(_AHEAD)
