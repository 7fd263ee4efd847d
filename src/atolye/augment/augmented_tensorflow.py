"""A technique as a map over a `tf.data.Dataset`, with random numbers that know their batch."""

import itertools
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from atolye.augment.augmentation import Augmentation


def mapped(
    dataset: tf.data.Dataset, technique: Augmentation, seed: int, first_epoch: int, num_parallel_calls: int | None
) -> tf.data.Dataset:
    """Do the work of `augmented`."""
    epochs = itertools.count(first_epoch)

    def places() -> Iterator[tuple[int, int]]:
        epoch = next(epochs)
        yield from ((epoch, number) for number in itertools.count())

    @tf.autograph.experimental.do_not_convert
    def change(place: Any, batch: Any) -> Any:
        images, labels = batch if isinstance(batch, tuple) and len(batch) == 2 else (batch, None)
        # Stateless numbers: seed, epoch and number decide, whichever thread comes first.
        draws = tf.random.stateless_uniform(
            (tf.shape(images)[0], 1 + technique.num_draws), seed=tf.stack([seed, place[0] * 2**32 + place[1]])
        )
        changed = technique.on_tensors(images, labels, draws, place[0])
        return changed if labels is not None else changed[0]

    spec = dataset.element_spec
    images = spec[0] if isinstance(spec, tuple) and len(spec) == 2 else spec
    if len(getattr(images, "shape", ())) != 4:
        raise ValueError(
            f"augmented received a dataset of {spec}; expected batches of images, or of (images, labels). "
            "Batch first, then augment."
        )
    numbered = tf.data.Dataset.from_generator(places, output_signature=tf.TensorSpec((2,), tf.int64))
    result = tf.data.Dataset.zip((numbered, dataset)).map(
        change,
        num_parallel_calls=num_parallel_calls or tf.data.AUTOTUNE,
        deterministic=True,
    )
    return result.apply(tf.data.experimental.assert_cardinality(dataset.cardinality()))
