"""Regression targets at the size that a network learns well, and back in the data's unit."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from atolye.data import Dataset, Split

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class TargetScale:
    """Mean and standard deviation of the training targets; 0 and 1, which change nothing, for classification.

    A squared error on prices in the hundred thousands drowns the regularisation and asks for another learning rate
    than one on grades. So the network learns targets of mean 0 and deviation 1, and the saved model ends in a layer
    that answers in the unit of the data.

    Example:
        >>> prices = Split(np.zeros((2, 1)), np.array([90.0, 110.0]), np.array(["0", "1"]))
        >>> TargetScale(100.0, 10.0).encode(prices).targets
        array([-1.,  1.], dtype=float32)
    """

    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, dataset: Dataset) -> "TargetScale":
        """Return the scale of the dataset's training targets."""
        if dataset.task != "regression":
            return cls()
        targets = np.asarray(dataset.train.targets, np.float64)
        return cls(float(targets.mean()), float(targets.std()) or 1.0)

    def encode(self, split: Split) -> Split:
        """Return the split with targets as the network learns them."""
        if self == TargetScale():
            return split
        scaled = ((split.targets - self.mean) / self.deviation).astype("float32")
        return Split(split.inputs, scaled, split.ids, split.masks)

    def decode(self, model: "keras.Model") -> "keras.Model":
        """Return the model with a last layer that answers in the data's unit."""
        if self == TargetScale():
            return model
        import keras

        unit = keras.layers.Rescaling(self.deviation, self.mean, name="target_unit")
        return keras.Model(model.input, unit(model.output), name=model.name)
