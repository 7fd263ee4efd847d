"""tf.data's autotuner switched off where it only makes the end of an epoch wait."""

import functools
from typing import Any


def without_autotune(dataset: Any) -> Any:
    """Return a `tf.data.Dataset` that starts no autotuner; its numbers of parallel calls have to be good as they are.

    The autotuner is a thread for each pass over a dataset. It sleeps 10 ms, then 20, 40 and so on, and a pass that ends
    waits for it. Being woken up does not help where it looks around before the end has been marked, as on busy
    processors it often does: work of 1.8 s ends after 2.5, work of 8 s after 10.2 (TensorFlow 2.21;
    `benchmarks/autotune.py`). Parameters that are `tf.data.AUTOTUNE` then keep a number that TensorFlow chooses once.
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
    try:
        from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
    except ImportError:  # Keras has moved it: arrays wait as they do everywhere else
        return
    with_autotune = ArrayDataAdapter.get_tf_dataset
    if getattr(with_autotune, "without_autotune", False):
        return

    @functools.wraps(with_autotune)
    def get_tf_dataset(self: Any) -> Any:
        return without_autotune(with_autotune(self))

    get_tf_dataset.without_autotune = True  # type: ignore[attr-defined]
    ArrayDataAdapter.get_tf_dataset = get_tf_dataset
