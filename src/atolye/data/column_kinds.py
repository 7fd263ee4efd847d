"""What each column of a table is: a number, a category, or nothing to learn from; refused where it cannot be told."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from atolye.errors import did_you_mean

KINDS = ("numeric", "categorical", "ignore")
_FEW_ROWS = 20  # below this, all-different values prove nothing
_DATE = (
    r"\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})|\d{1,2}[ -][^\W\d]{3,9}\.?[ -]\d{2,4})"
    r"([T ,]+\d{1,2}:\d{2}.*)?\s*"
)


def column_kinds(
    frame: pd.DataFrame, overrides: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the kind of each usable column, and the columns left out with the reason.

    Numbers are numeric; words and yes/no are categorical. Left out are columns that hold one value only or none, row
    numbers (1, 2, 3, ...) and texts that differ from row to row, such as names. `overrides` has the last word.

    Args:
        frame: raw columns, without the target.
        overrides: `"numeric"`, `"categorical"` or `"ignore"` by column.

    Returns:
        Kinds, `"numeric"` or `"categorical"`, by column; and `(column, reason)` pairs.

    Raises:
        ValueError: for a column of dates, of numbers mixed with words, with infinite values, for an unknown column or
            kind in `overrides`, and when no column is left.

    Example:
        >>> column_kinds(pd.DataFrame({"age": [30, 41, 25], "city": ["Bursa", "Muş", "Bursa"]}))
        ({'age': 'numeric', 'city': 'categorical'}, [])
    """
    overrides = dict(overrides or {})
    _check_overrides(frame, overrides)
    kinds: dict[str, str] = {}
    ignored: list[tuple[str, str]] = []
    for name in frame.columns:
        kind = overrides.get(name)
        reason = "left out on request" if kind == "ignore" else None
        if kind is None:
            reason = _useless(frame[name])
            kind = _infer(frame[name], name) if reason is None else None
        if reason is not None:
            ignored.append((f"column {name!r}", reason))
            continue
        if kind == "numeric":
            check_finite(as_numbers(frame[name], name), name)
        kinds[name] = str(kind)
    if not kinds:
        told = "; ".join(f"{name}: {reason}" for name, reason in ignored[:3])
        raise ValueError(f"the table has no column to learn from ({told or 'only the target'}). Add columns.")
    return kinds, ignored


def as_numbers(column: pd.Series, name: str) -> pd.Series:
    """Return the column as float64; missing values stay missing.

    Raises:
        ValueError: naming the first value that is no number and its row.
    """
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = column.notna() & numbers.isna()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"column {name!r} must hold numbers; received {str(column.iloc[row])!r} in row {row}. "
            f"Correct it, leave it empty if it is unknown, or treat the column as 'categorical'."
        )
    return numbers


def check_finite(column: pd.Series, name: str) -> None:
    """Raise ValueError when a numeric column holds infinite values, naming the first row and their number."""
    infinite = np.isinf(column.to_numpy(np.float64))
    if infinite.any():
        raise ValueError(
            f"column {name!r} holds {int(infinite.sum())} infinite values, the first in row "
            f"{int(np.flatnonzero(infinite)[0])}. Replace them by a number or leave them empty."
        )


def _check_overrides(frame: pd.DataFrame, overrides: dict[str, str]) -> None:
    for name, kind in overrides.items():
        if name not in frame.columns:
            raise ValueError(
                f"column_kinds names {name!r}, which is no column of the table (or is its target)."
                f"{did_you_mean(name, frame.columns)}"
            )
        if kind not in KINDS:
            raise ValueError(f"the kind of column {name!r} must be one of {', '.join(KINDS)}; received {kind!r}.")


def _useless(column: pd.Series) -> str | None:
    """Return why nothing can be learned from the column, or None."""
    known = column.dropna()
    if known.nunique() == 0:
        return "holds no value"
    if known.nunique() == 1 and len(known) == len(column):
        return f"holds one value only: {known.iloc[0]!s}"
    if pd.api.types.is_bool_dtype(column) or len(known) < _FEW_ROWS:
        return None
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy()
        counts_rows = pd.api.types.is_integer_dtype(column) and bool((np.diff(values) == 1).all())
        return "counts the rows (row numbers)" if counts_rows else None
    # Dates are told apart first: to leave them out silently would hide what may matter most.
    if known.nunique() > len(known) / 2 and not _are_dates(known) and not _number_share(known) >= 0.5:
        return f"looks like names or free text ({known.nunique()} different values in {len(known)} rows)"
    return None


def _infer(column: pd.Series, name: str) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "categorical"
    if pd.api.types.is_numeric_dtype(column):
        return "numeric"
    known = column.dropna()
    if pd.api.types.is_datetime64_any_dtype(column) or _are_dates(known):
        raise ValueError(
            f"column {name!r} holds dates (such as {str(known.iloc[0])!r}), which are not read as they are. Turn them "
            f"into numbers (days since a fixed day, month, weekday), or leave the column out: "
            f"column_kinds={{{name!r}: 'ignore'}}."
        )
    if _number_share(known) >= 0.9:
        as_numbers(column, name)  # nearly all are numbers: the few others are more likely mistakes than categories
        return "numeric"
    return "categorical"


def _are_dates(known: pd.Series) -> bool:
    if pd.api.types.is_datetime64_any_dtype(known):
        return True
    sample = known.astype(str).iloc[:200]
    return bool(sample.str.fullmatch(_DATE).mean() >= 0.8)


def _number_share(known: pd.Series) -> float:
    if known.map(lambda value: isinstance(value, bool)).any():
        return 0.0
    return float(pd.to_numeric(known, errors="coerce").notna().mean())
