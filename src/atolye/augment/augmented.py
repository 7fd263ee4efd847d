"""A technique mapped over a dataset that somebody else has made."""

from typing import Any

from atolye.augment.augmentation import Augmentation


def augmented(
    dataset: Any,
    technique: Augmentation,
    *,
    seed: int = 0,
    first_epoch: int = 0,
    num_parallel_calls: int | None = None,
) -> Any:
    """Map a technique over a batched `tf.data.Dataset`, with TensorFlow's operations.

    Use it in a tf.data pipeline of your own, after `batch` and before `prefetch`. Each pass over the result is the next
    epoch. What comes out depends on seed, epoch and the batch's number alone, never on the number of parallel calls.
    For arrays and folders read by atolye, `atolye.data.batches(..., augment=technique)` is faster on a CPU.

    Args:
        dataset: batches of images, or of `(images, labels)`.
        technique: what to do.
        seed: the same seed, the same pictures.
        first_epoch: number of the epoch that the first pass is, counted from 0.
        num_parallel_calls: batches worked on at a time; None leaves it to tf.data.

    Returns:
        A `tf.data.Dataset` of batches in the same structure.

    Raises:
        ValueError: on another backend than TensorFlow.

    Example:
        dataset = augmented(tf.data.Dataset.from_tensor_slices((x, y)).batch(64), Flip()).prefetch(2)
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"augmented needs the backend 'tensorflow'; received {keras.backend.backend()!r}. "
            "Use atolye.data.batches(..., augment=technique), which runs on every backend."
        )
    from atolye.augment.augmented_tensorflow import mapped

    return mapped(dataset, technique, seed, first_epoch, num_parallel_calls)
