"""One way to write the values of a table, so that the same value is the same value in training and prediction."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from atolye.data.column_kinds import as_numbers, check_finite
from atolye.errors import did_you_mean


def canonical(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns named, in that order: float64 for numbers, words for categories, NaN where missing.

    Args:
        frame: raw columns; others than those named are passed over.
        columns: `"numeric"` or `"categorical"` by column.

    Raises:
        ValueError: when a column is missing, or a numeric one holds something else than finite numbers.

    Example:
        >>> canonical(pd.DataFrame({"floor": [1.0, None], "lift": [True, False]}),
        ...           {"floor": "categorical", "lift": "categorical"}).to_dict("list")
        {'floor': ['1', nan], 'lift': ['True', 'False']}
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ValueError(
            f"the table lacks {len(missing)} of {len(columns)} columns that were learned from: "
            f"{', '.join(map(repr, missing[:5]))}{', ...' if len(missing) > 5 else ''}."
            f"{did_you_mean(missing[0], map(str, frame.columns))}"
        )
    result = {}
    for name, kind in columns.items():
        if kind == "numeric":
            result[name] = as_numbers(frame[name], name)
            check_finite(result[name], name)
        else:
            result[name] = words(frame[name])
    return pd.DataFrame(result, index=frame.index)


def words(column: pd.Series) -> pd.Series:
    """Return the column's values as words, NaN where missing, of dtype object."""
    codes, values = pd.factorize(column)
    # Code -1 marks a missing value and so takes the last entry.
    table = np.array([*(word(value) for value in values), np.nan], dtype=object)
    return pd.Series(table[codes], index=column.index, dtype=object)


def word(value: Any) -> str:
    """Return a value as a word: a whole number without a decimal point, however the column was read.

    Example:
        >>> word(3.0), word("3"), word(True), word(" yes")
        ('3', '3', 'True', 'yes')
    """
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value).strip()
