"""Table columns to the float32 features of a network, learned from the training split and kept as plain JSON."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atolye.data.table_values import canonical

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer

_FORMAT = 1


class TableEncoder:
    """Turn raw columns into numbers: scaled numeric columns, missing-value flags, one column a category.

    Use it between a table dataset and a network. Numeric columns are filled with their median and scaled to mean 0 and
    deviation 1; a column that lacked values in training adds a 0/1 column that says where. Each category of a
    categorical column is a 0/1 column, "missing" being a category of its own; one that was not seen in training gives
    zeros. Everything is learned by `fit`, from the training split only.

    The learned numbers are kept twice: in `column_transformer`, for scikit-learn, and as plain numbers, for a saved
    model. `transform` uses the plain numbers, before saving and after, so predictions cannot drift apart.

    Attributes:
        columns: kind by column, as given to `fit`.
        feature_names: a name for each feature, in order.
        column_transformer: the fitted scikit-learn object; None when made by `from_dict`.

    Example:
        >>> frame = pd.DataFrame({"age": [20.0, 40.0], "city": ["Bursa", "Muş"]})
        >>> encoder = TableEncoder().fit(frame, {"age": "numeric", "city": "categorical"})
        >>> encoder.feature_names
        ['age', 'city_Bursa', 'city_Muş']
        >>> encoder.transform(frame).tolist()
        [[-1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    """

    def __init__(self) -> None:
        self.columns: dict[str, str] = {}
        self.column_transformer: ColumnTransformer | None = None
        # By numeric column: what fills it, what is taken off, what it is divided by, whether a flag is added.
        self._numeric: dict[str, tuple[float, float, float, bool]] = {}
        self._categories: dict[str, list[str | None]] = {}  # None stands for missing

    @property
    def feature_names(self) -> list[str]:
        """Names of the features in order: numeric columns, flags of missing values, categories."""
        flags = [f"{name}_missing" for name, (*_, flag) in self._numeric.items() if flag]
        categories = [
            f"{name}_{'missing' if value is None else value}"
            for name, values in self._categories.items()
            for value in values
        ]
        return [*self._numeric, *flags, *categories]

    def fit(self, frame: pd.DataFrame, columns: Mapping[str, str]) -> "TableEncoder":
        """Learn medians, scales and categories from the training split.

        Args:
            frame: raw columns of the training split, with at least one row.
            columns: `"numeric"` or `"categorical"` by column, as in `Dataset.columns`.

        Returns:
            The encoder itself.

        Raises:
            ValueError: when there are no rows or no columns, or a column is missing or not of its kind.
        """
        if not columns or not len(frame):
            raise ValueError(f"fit needs rows and columns; received {len(frame)} rows and {len(columns)} columns.")
        self.columns = dict(columns)
        numeric = [name for name, kind in columns.items() if kind == "numeric"]
        categorical = [name for name in columns if name not in numeric]
        values = canonical(frame, columns)
        transformer = _column_transformer(numeric, categorical).fit(values)
        self.column_transformer = transformer
        if numeric:
            imputer, scaler = transformer.named_transformers_["numeric"].named_steps.values()
            flagged = set(transformer.named_transformers_["missing"].features_.tolist())
            medians = np.nan_to_num(imputer.statistics_)  # a column without any value is filled with 0
            self._numeric = {
                name: (float(medians[i]), float(scaler.mean_[i]), float(scaler.scale_[i]), i in flagged)
                for i, name in enumerate(numeric)
            }
        if categorical:
            found = transformer.named_transformers_["categorical"].categories_
            self._categories = {
                name: [value if isinstance(value, str) else None for value in categories]
                for name, categories in zip(categorical, found, strict=True)
            }
        return self

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the features of raw rows.

        Args:
            frame: raw columns; columns that were not learned from are passed over.

        Returns:
            float32 of shape `(num_rows, num_features)`.

        Raises:
            ValueError: when nothing was learned yet, a column is missing, or a numeric one holds something else.
        """
        if not self.columns:
            raise ValueError("the encoder has learned nothing yet. Call fit with the training split first.")
        values = canonical(frame, self.columns)
        parts: list[np.ndarray] = []
        for name, (median, mean, scale, _) in self._numeric.items():
            numbers = values[name].to_numpy(np.float64)
            parts.append((np.where(np.isnan(numbers), median, numbers) - mean) / scale)
        for name, (*_, flag) in self._numeric.items():
            if flag:
                parts.append(values[name].isna().to_numpy(np.float64))
        columns = [np.stack(parts, axis=1)] if parts else []  # list of (N,) -> (N, num_numeric_features)
        columns += [_one_hot(values[name], categories) for name, categories in self._categories.items()]
        return np.concatenate(columns, axis=1).astype(np.float32)

    def to_dict(self) -> dict[str, Any]:
        """Return what was learned as plain JSON values."""
        names = ("median", "mean", "scale", "missing_flag")
        return {
            "format": _FORMAT,
            "columns": self.columns,
            "numeric": {name: dict(zip(names, numbers, strict=True)) for name, numbers in self._numeric.items()},
            "categorical": self._categories,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "TableEncoder":
        """Return the encoder that `to_dict` described: the same features to the last bit.

        Raises:
            ValueError: when `state` is not such a description.
        """
        encoder = cls()
        try:
            if state["format"] != _FORMAT:
                raise ValueError(f"the table encoder has format {state['format']!r}; this atolye reads {_FORMAT}.")
            encoder.columns = dict(state["columns"])
            encoder._numeric = {
                name: (float(item["median"]), float(item["mean"]), float(item["scale"]), bool(item["missing_flag"]))
                for name, item in state["numeric"].items()
            }
            encoder._categories = {name: list(values) for name, values in state["categorical"].items()}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no description of a table encoder: {error!r}. Expected to_dict's.") from error
        return encoder


def _column_transformer(numeric: list[str], categorical: list[str]) -> "ColumnTransformer":
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import MissingIndicator, SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    fill_and_scale = Pipeline(
        [("fill", SimpleImputer(strategy="median", keep_empty_features=True)), ("scale", StandardScaler())]
    )
    steps: list[tuple[str, Any, list[str]]] = []
    if numeric:
        steps.append(("numeric", fill_and_scale, numeric))
        steps.append(("missing", MissingIndicator(features="missing-only", error_on_new=False), numeric))
    if categorical:
        steps.append(("categorical", OneHotEncoder(handle_unknown="ignore", sparse_output=False), categorical))
    return ColumnTransformer(steps, sparse_threshold=0.0)


def _one_hot(column: pd.Series, categories: list[str | None]) -> np.ndarray:
    """Return (N, num_categories) of 0 and 1; a row of zeros for an unknown category."""
    known = [value for value in categories if value is not None]  # missing is the last category, where there is one
    codes = pd.Index(known, dtype=object).get_indexer(pd.Index(column, dtype=object))
    if len(known) < len(categories):
        codes = np.where(column.isna().to_numpy(), len(known), codes)
    return (codes[:, None] == np.arange(len(categories))).astype(np.float64)
