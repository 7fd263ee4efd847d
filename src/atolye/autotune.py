"""tf.data's autotuner switched off where it only makes the end of an epoch wait."""

import functools
from typing import Any


def without_autotune(dataset: Any) -> Any:
    """Return a `tf.data.Dataset` that starts no autotuner; its numbers of parallel calls have to be good as they are.

    The autotuner is a thread for each pass over a dataset. It sleeps 10 ms, then 20, 40 and so on, and a pass that ends
    waits for it. Being woken up does not help where it looks around before the end has been marked, as on busy
    processors it often does: work of 3 s ends after 5.1 s, work of 11 s after 20.5 (TensorFlow 2.21;
    `benchmarks/autotune.py`).
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def switch_off_autotune() -> None:
    """Have `fit`, `evaluate` and `predict` of Keras read arrays without the autotuner, in all of this process.

    Datasets of `atolye.data.batches` do without anyway. This is for programs of our own (the command, the labs): it
    replaces a method of Keras, which has no setting for it.
    """
    from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

    with_autotune = ArrayDataAdapter.get_tf_dataset
    if hasattr(with_autotune, "__wrapped__"):
        return

    @functools.wraps(with_autotune)
    def get_tf_dataset(self: Any) -> Any:
        return without_autotune(with_autotune(self))

    ArrayDataAdapter.get_tf_dataset = get_tf_dataset
