"""What Shapley values say about a table's rows: the numbers, their check, and two figures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class TableExplanation:
    """Shapley values of some rows. `explain_table` makes one.

    Args:
        values: contribution of each feature, `(num_rows, num_features)` or `(num_rows, num_features,
            num_outputs)`.
        base: mean output on the background: a number, or one for each output.
        outputs: the model's answers for the rows, `(num_rows,)` or `(num_rows, num_outputs)`.
        rows: the explained rows, as the model saw them.
        feature_names: names by column.
        output_names: names by output, or None.
        method: `"builtin"` or `"shap"`.
        standard_error: sampling error of `values`, same shape; None where the method does not tell it.

    Example:
        >>> rows = pd.DataFrame({"a": [0], "b": [0]})
        >>> values = np.array([[1.0, 2.0]])
        >>> TableExplanation(values, np.float64(0.5), np.array([3.5]), rows, ("a", "b")).additivity_gap
        0.0
    """

    values: np.ndarray
    base: np.ndarray
    outputs: np.ndarray
    rows: pd.DataFrame
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...] | None = None
    method: str = "builtin"
    standard_error: np.ndarray | None = None

    @property
    def additivity_gap(self) -> float:
        """Largest distance between base + sum of a row's values and the model's answer; rounding error when
        right."""
        return float(np.abs(self.base + self.values.sum(axis=1) - self.outputs).max())

    def importance(self, *, output: int = -1) -> pd.DataFrame:
        """Return mean |value| (and mean standard error) of each feature for one output, the largest first."""
        frame = pd.DataFrame({"feature": self.feature_names, "importance": np.abs(self._values(output)).mean(axis=0)})
        if self.standard_error is not None:
            frame["standard_error"] = _select(self.standard_error, output).mean(axis=0)
        return frame.sort_values("importance", ascending=False, ignore_index=True)

    def bar_figure(self, *, output: int = -1, max_features: int = 12) -> "Figure":
        """Draw mean |value| of the most important features as bars, with the sampling error where it is
        known."""
        from matplotlib.figure import Figure

        frame = self.importance(output=output).head(max_features)[::-1]
        figure = Figure(figsize=(6.4, 0.9 + 0.3 * len(frame)), layout="constrained")
        axes = figure.subplots()
        errors = frame["standard_error"] if "standard_error" in frame and frame.notna().all(axis=None) else None
        axes.barh(frame["feature"], frame["importance"], xerr=errors, color="#2166ac", ecolor="#888888")
        axes.set_xlabel("mean |Shapley value|")
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def beeswarm_figure(self, *, output: int = -1, max_features: int = 12) -> "Figure":
        """Draw one dot per row and feature: its value across, coloured from low (blue) to high (red) feature
        value.

        Columns that are not numbers have grey dots.
        """
        from matplotlib.figure import Figure

        values = self._values(output)
        order = np.argsort(np.abs(values).mean(axis=0))[::-1][:max_features]
        figure = Figure(figsize=(6.4, 0.9 + 0.36 * len(order)), layout="constrained")
        axes = figure.subplots()
        axes.axvline(0, color="#888888", linewidth=0.8)
        for height, feature in enumerate(order[::-1]):
            across = values[:, feature]
            axes.scatter(across, height + _spread(across), s=14, **self._colours(feature))
        axes.set_yticks(range(len(order)), [self.feature_names[feature] for feature in order[::-1]])
        axes.set_xlabel("Shapley value")
        axes.spines[["top", "right"]].set_visible(False)
        return figure

    def _values(self, output: int) -> np.ndarray:
        return _select(self.values, output)

    def _colours(self, feature: int) -> dict[str, Any]:
        column = self.rows.iloc[:, feature]
        if not pd.api.types.is_numeric_dtype(column):
            return {"color": "#888888"}
        ranks = column.rank(pct=True).fillna(0.5)
        return {"c": ranks.to_numpy(), "cmap": "coolwarm", "vmin": 0, "vmax": 1}


def _select(array: np.ndarray, output: int) -> np.ndarray:
    return array if array.ndim == 2 else array[..., output]


def _spread(across: np.ndarray, *, bins: int = 40, height: float = 0.35) -> np.ndarray:
    """Return offsets that lay dots of nearly the same value side by side, none beyond `height`."""
    span = np.ptp(across) or 1.0
    cells = ((across - across.min()) / span * bins).astype(int)
    rank = pd.Series(cells).groupby(cells).cumcount().to_numpy()
    step = height / max(rank.max() / 2, 4)
    return np.where(rank % 2 == 0, -1, 1) * ((rank + 1) // 2) * step
