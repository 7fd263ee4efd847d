"""What MixUp and CutMix share: who is mixed with whom, in which shares, and labels that say so."""

from typing import Any

import numpy as np
from keras import ops
from scipy.special import betaincinv

from atolye.augment.augmentation import Augmentation
from atolye.augment.checks import check_alpha

STEPS = 1024  # pieces of the Beta distribution's inverse, which TensorFlow and JAX do not have


class Mixing(Augmentation):
    """Base of the techniques that mix two images of a batch, and their labels in the same shares.

    Each image is mixed with the one before it, the first with the last: batches are shuffled already. Images keep the
    larger part of the work of `Augmentation`; what differs is that labels are needed, and changed.

    A subclass writes `mix_arrays(images, shares, draws)` and `mix_tensors(...)`, which return the images and the
    shares that they really kept of themselves.

    Args:
        num_classes: number of classes, 2 or more.
        alpha: parameter of the Beta(alpha, alpha) distribution of the shares, above 0; 1 draws every share alike,
            smaller ones draw shares near 0 and 1.
        probability: share of the images that are mixed.
        options: `seed`, and the options of a Keras layer.

    Raises:
        ValueError: when a number is out of its range; at the call, when labels cannot be mixed.
    """

    needs_labels = True

    def __init__(self, num_classes: int, *, alpha: float, probability: float = 1.0, **options: Any) -> None:
        super().__init__(probability=probability, **options)
        if num_classes < 2:
            raise ValueError(
                f"Received num_classes={num_classes}; expected 2 or more. Numbers cannot be mixed by area."
            )
        self.num_classes = int(num_classes)
        self.alpha = check_alpha(alpha)
        places = np.linspace(0, 1, STEPS + 1)
        self.quantiles = betaincinv(self.alpha, self.alpha, places).astype("float32")

    def on_arrays(self, images: np.ndarray, labels: Any, draws: np.ndarray, epoch: int) -> tuple[np.ndarray, Any]:
        rows = self.rows_of(labels, len(images))
        shares = np.interp(draws[:, 1] * STEPS, np.arange(STEPS + 1), self.quantiles).astype("float32")
        shares = np.where(draws[:, 0] < self.probability, shares, np.float32(1))
        mixed, kept = self.mix_arrays(images, shares, draws[:, 2:])
        kept = kept[:, None].astype("float32")
        return mixed, rows * kept + np.roll(rows, 1, axis=0) * (1 - kept)

    def on_tensors(self, images: Any, labels: Any, draws: Any, epoch: Any) -> tuple[Any, Any]:
        _, rows = self.untouched(images, labels)
        place = draws[:, 1] * STEPS
        before = ops.floor(place)
        table, index = ops.convert_to_tensor(self.quantiles), ops.cast(before, "int32")
        low, high = ops.take(table, index), ops.take(table, ops.minimum(index + 1, STEPS))
        shares = ops.where(draws[:, 0] < self.probability, low + (high - low) * (place - before), 1.0)
        mixed, kept = self.mix_tensors(images, shares, draws[:, 2:])
        kept = ops.reshape(kept, (-1, 1))
        return mixed, rows * kept + ops.roll(rows, 1, axis=0) * (1 - kept)

    def mix_arrays(self, images: np.ndarray, shares: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mixed copies, and the share that each kept of itself, `(batch,)`."""
        raise NotImplementedError

    def mix_tensors(self, images: Any, shares: Any, draws: Any) -> tuple[Any, Any]:
        """Do what `mix_arrays` does, in `keras.ops`."""
        raise NotImplementedError

    def rows_of(self, labels: Any, count: int) -> np.ndarray:
        """Return arrays of labels as rows of shares, `(batch, num_classes)` float32.

        Raises:
            ValueError: when there is not one class id or one row of shares for each image.
        """
        self._check_labels(labels)
        labels = np.asarray(labels)
        if len(labels) != count:
            raise ValueError(f"{self._title()} received {len(labels)} labels for {count} images; expected one each.")
        if labels.ndim == 2 and labels.shape[1] == self.num_classes:
            return labels.astype("float32")
        ids = labels.ravel()
        if len(ids) and not 0 <= ids.min() <= ids.max() < self.num_classes:
            raise ValueError(
                f"{self._title()} received class ids from {ids.min()} to {ids.max()} for num_classes="
                f"{self.num_classes}; expected 0 to {self.num_classes - 1}. Raise num_classes or number classes from 0."
            )
        return np.eye(self.num_classes, dtype="float32")[ids]

    def untouched(self, images: Any, labels: Any) -> tuple[Any, Any]:
        self._check_labels(labels)
        labels = ops.convert_to_tensor(labels)
        if len(labels.shape) == 2 and labels.shape[1] == self.num_classes:
            return images, ops.cast(labels, "float32")
        return images, ops.one_hot(ops.reshape(ops.cast(labels, "int32"), (-1,)), self.num_classes, dtype="float32")

    def _check_labels(self, labels: Any) -> None:
        if labels is None:
            raise ValueError(
                f"{self._title()} received images without labels; expected both, since it mixes both. "
                "Pass (images, labels)."
            )
        shape, kind = tuple(labels.shape), str(getattr(labels.dtype, "name", labels.dtype))
        ids = "int" in kind and len(shape) in (1, 2) and (len(shape) == 1 or shape[1] == 1)
        if not ids and not (len(shape) == 2 and shape[1] == self.num_classes):
            raise ValueError(
                f"{self._title()} received labels of type {kind} and shape {shape}; expected integer class ids, "
                f"(batch,), or rows of shares, (batch, {self.num_classes}). Values of a regression cannot be mixed."
            )

    def _title(self) -> str:
        return type(self).__name__

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"num_classes": self.num_classes, "alpha": self.alpha}
