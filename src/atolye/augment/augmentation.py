"""What every technique is: one rule that turns random numbers into a change, run in three ways."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.augment.checks import check_images, check_probability

BLOCK_PIXELS = 16_384  # as float32 with three channels 200 KB; the whole batch at once takes five times as long


class Augmentation(keras.layers.Layer):
    """Base of the techniques: the same numbers give the same pictures, whichever way a technique is run.

    A technique is used in one of three ways:

    - `technique.augment(images, labels, generator=...)` changes a whole batch of NumPy arrays. The fastest on a CPU,
      and what `atolye.data.batches(..., augment=technique)` does in the background.
    - `atolye.augment.augmented(dataset, technique)` maps it over a batched `tf.data.Dataset`.
    - `technique(images, training=True)`, or as a layer of a model: on in training, off at prediction.

    Each draws `num_draws` numbers in [0, 1) for each image and leaves the rest to the technique, which holds the rule
    twice: `change_arrays` in NumPy, `change_tensors` in `keras.ops`. Images keep type and value range; those of an
    integer type are rounded, so that uint8 batches stay a quarter of the size of float32 ones.

    A subclass sets `num_draws` and writes the two methods; images come to them as a batch and must not be changed in
    place.

    Args:
        probability: share of the images that are changed, from 0 to 1.
        seed: seed of the layer's random numbers; the other two ways are seeded where they are called.
        options: `name` and other options of a Keras layer.

    Raises:
        ValueError: when the probability is out of its range, or, at the call, when images do not come as a batch.
    """

    num_draws = 1  # random numbers for each image, beside the first, which decides whether it is changed
    needs_labels = False
    uses_epoch = False  # whether the change depends on the epoch

    def __init__(self, *, probability: float = 1.0, seed: int | None = None, **options: Any) -> None:
        options.setdefault("autocast", False)  # bfloat16 has not the digits for 256 values and sums of them
        super().__init__(**options)
        self.probability = check_probability(probability)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any = None) -> None:
        if self.uses_epoch:
            self.epoch = self.add_weight(name="epoch", shape=(), dtype="int32", initializer="zeros", trainable=False)
        super().build(input_shape)

    def augment(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, generator: np.random.Generator, epoch: int = 0
    ) -> Any:
        """Return a changed copy of a batch of arrays.

        Args:
            images: `(batch, height, width, channels)`, of any number type.
            labels: what the images show; only techniques that mix images look at them.
            generator: source of the random numbers; its state alone decides what comes out.
            epoch: number of the epoch, for techniques that depend on it.

        Returns:
            The images, or `(images, labels)` when labels were given.
        """
        images = np.asarray(images)
        check_images(images, name=type(self).__name__)
        draws = generator.random((len(images), 1 + self.num_draws), dtype=np.float32)
        changed = self.on_arrays(images, labels, draws, epoch)
        return changed if labels is not None else changed[0]

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        images, labels = inputs if isinstance(inputs, tuple | list) else (inputs, None)
        check_images(images, name=type(self).__name__)
        if training:
            draws = keras.random.uniform((ops.shape(images)[0], 1 + self.num_draws), seed=self.generator)
            images, labels = self.on_tensors(images, labels, draws, self.epoch if self.uses_epoch else 0)
        else:
            images, labels = self.untouched(images, labels)
        return images if labels is None else (images, labels)

    def untouched(self, images: Any, labels: Any) -> tuple[Any, Any]:
        """Return tensors in the shape in which they leave a training step, with nothing left to chance."""
        return images, labels

    def on_arrays(self, images: np.ndarray, labels: Any, draws: np.ndarray, epoch: int) -> tuple[np.ndarray, Any]:
        """Change arrays by given random numbers, `(batch, 1 + num_draws)`."""
        chosen = draws[:, 0] < self.probability
        if chosen.all():
            return self.change_arrays(images, draws[:, 1:]), labels
        changed = images.copy()
        if chosen.any():
            changed[chosen] = self.change_arrays(images[chosen], draws[chosen, 1:])
        return changed, labels

    def on_tensors(self, images: Any, labels: Any, draws: Any, epoch: Any) -> tuple[Any, Any]:
        """Change tensors by given random numbers, `(batch, 1 + num_draws)`."""
        changed = self.change_tensors(images, draws[:, 1:])
        if self.probability == 1:
            return changed, labels
        chosen = ops.reshape(draws[:, 0] < self.probability, (-1, 1, 1, 1))
        return ops.where(chosen, changed, images), labels

    def change_arrays(self, images: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """Return changed copies of all images; `draws` is `(batch, num_draws)` in [0, 1)."""
        raise NotImplementedError

    def change_tensors(self, images: Any, draws: Any) -> Any:
        """Do what `change_arrays` does, in `keras.ops`."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"probability": self.probability, "seed": self.seed}


def blocks(images: np.ndarray, *, pixels: int = BLOCK_PIXELS) -> Iterator[slice]:
    """Yield rows of a batch, few enough at a time that what is computed for them stays in the processor's cache."""
    count = max(1, pixels // max(1, images.shape[1] * images.shape[2]))
    yield from (slice(start, min(start + count, len(images))) for start in range(0, len(images), count))


def between(low: Any, high: Any, draws: Any) -> Any:
    """Return numbers in [low, high) for numbers in [0, 1)."""
    return low + (high - low) * draws


def as_arrays(values: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Return float values in the type of `like`, rounded where that is an integer type."""
    return np.rint(values).astype(like.dtype) if like.dtype.kind in "iu" else values.astype(like.dtype)


def as_tensors(values: Any, like: Any) -> Any:
    """Return float values in the type of `like`, rounded where that is an integer type."""
    dtype = keras.backend.standardize_dtype(like.dtype)
    return ops.cast(ops.round(values) if "int" in dtype else values, dtype)
