"""The test split of a run with what follows from it, computed once for all sections."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atolye.evaluate import Calibration, accuracy_interval, bootstrap_interval, calibration, confusion, per_class
from atolye.evaluate import regression_metrics as score_regression
from atolye.runs import Run


@dataclass(frozen=True)
class JudgedSplit:
    """Predictions on one split.

    Args:
        frame: rows of `predictions.parquet` of the split.
        class_names: names by class id; empty for regression.
    """

    frame: pd.DataFrame
    class_names: tuple[str, ...]

    @classmethod
    def of(cls, run: Run, split: str = "test") -> "JudgedSplit":
        """Read a split of a run.

        Raises:
            ValueError: when `predictions.parquet` lacks a column or has no row of the split.
        """
        frame = run.predictions
        names = tuple(str(name) for name in run.class_names)
        needed = ["split", "id", "target", "prediction"]
        needed += ["confidence", *(f"p_{index}" for index in range(len(names)))] if names else []
        missing = [column for column in needed if column not in frame]
        if missing:
            raise ValueError(f"{run.path / 'predictions.parquet'} has no column {missing[0]!r}. Train again.")
        part = frame[frame["split"] == split].reset_index(drop=True)
        if part.empty:
            raise ValueError(f"{run.path / 'predictions.parquet'} has no row of the {split} split. Train again.")
        return cls(part, names)

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def targets(self) -> NDArray:
        """Class ids, or true values."""
        return self.frame["target"].to_numpy()

    @cached_property
    def predictions(self) -> NDArray:
        """Predicted class ids, or values."""
        return self.frame["prediction"].to_numpy()

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Shape `(examples, classes)`."""
        columns = [f"p_{index}" for index in range(len(self.class_names))]
        return self.frame[columns].to_numpy(dtype=np.float64)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """Largest probability of each example."""
        return self.probabilities.max(axis=1)

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Whether each answer is right."""
        return self.targets == self.predictions

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """The confusion matrix."""
        return confusion(self.targets, self.predictions, len(self.class_names))

    @cached_property
    def classes(self) -> pd.DataFrame:
        """The per-class table."""
        return per_class(self.targets, self.probabilities, self.class_names)

    @cached_property
    def calibration(self) -> Calibration:
        """ECE, MCE and the table of bins."""
        return calibration(self.targets, self.probabilities)

    @cached_property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (Wilson), or of the RMSE (bootstrap)."""
        if self.class_names:
            return accuracy_interval(self.targets, self.predictions)
        return bootstrap_interval(
            lambda true, guess: score_regression(true, guess)["rmse"], self.targets, self.predictions
        )
