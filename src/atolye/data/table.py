"""A CSV table: columns to learn from, one column to learn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from atolye.data.column_kinds import as_numbers, check_finite, column_kinds
from atolye.data.dataset import Dataset, Split
from atolye.data.splits import split_rows
from atolye.data.table_values import canonical, word, words
from atolye.errors import did_you_mean

Task = Literal["classification", "regression"]

TASKS = ("classification", "regression")
MOST_INTEGER_CLASSES = 20  # a target of more different whole numbers than this is a quantity


def table_dataset(
    frame: pd.DataFrame,
    source: str | Path,
    *,
    target: str | None = None,
    task: str | None = None,
    kinds: Mapping[str, str] | None = None,
    validation_fraction: float = 0.15,
    test_fraction: float = 0.15,
    split_seed: int = 0,
) -> Dataset:
    """Make a dataset of a table in memory.

    Args:
        frame: one row an example, numbered from 0; raw columns and the target.
        source: the file that it came from, for names and messages.
        target: name of the column to learn; needed.
        task: `"classification"` or `"regression"`; None: classification for words, yes/no and at most 20 different
            whole numbers, else regression.
        kinds: `"numeric"`, `"categorical"` or `"ignore"` by column, where the inferred kind is wrong.
        validation_fraction: part of the rows (of each class) for validation, in [0, 1).
        test_fraction: part of the rows (of each class) for test, in [0, 1).
        split_seed: the same seed, the same splits.

    Returns:
        A dataset whose ids are row numbers counted from 0. Rows without a target and columns without information
        are in `excluded`. Equal rows never lie in two splits.

    Raises:
        ValueError: when the target or a column cannot be used; the message says which and what to do.
    """
    if task is not None and task not in TASKS:
        raise ValueError(f"task must be 'classification' or 'regression'; received {task!r}.")
    target = _check_target(frame, target, source)
    known = frame[target].notna()
    excluded = _without_target(known, target)
    columns, ignored = column_kinds(frame.drop(columns=target), kinds)
    frame = frame[known]
    task = task or infer_task(frame[target])
    targets, class_names = _encode_target(frame[target], target, task)
    inputs = canonical(frame[list(columns)], columns)
    rows = split_rows(
        targets,
        class_names,
        validation_fraction=validation_fraction,
        test_fraction=test_fraction,
        seed=split_seed,
        contents=pd.util.hash_pandas_object(inputs.assign(**{target: targets}), index=False).to_numpy(),
    )
    whole = Split(inputs, targets, frame.index.to_numpy().astype(str))
    return Dataset(
        name=Path(source).stem,
        kind="table",
        task="classification" if task == "classification" else "regression",
        train=whole.take(rows["train"]),
        validation=whole.take(rows["validation"]),
        test=whole.take(rows["test"]),
        class_names=class_names,
        value_range=None,
        provenance=f"{len(frame)} rows of {Path(source).name}, target {target!r}",
        excluded=(*excluded, *ignored),
        columns=columns,
    )


def infer_task(column: pd.Series) -> Task:
    """Return what a target asks for: a class for words, yes/no or few whole numbers, else a value."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return "classification"
    values = column.to_numpy(np.float64)
    whole = bool(np.isfinite(values).all() and (values == np.rint(values)).all())
    return "classification" if whole and len(np.unique(values)) <= MOST_INTEGER_CLASSES else "regression"


def _check_target(frame: pd.DataFrame, target: str | None, path: str | Path) -> str:
    names = ", ".join(map(str, frame.columns[:12])) + (", ..." if len(frame.columns) > 12 else "")
    if target is None:
        raise ValueError(f"{path} needs a target (--target): the column to learn, one of {names}.")
    if target not in frame.columns:
        raise ValueError(
            f"{path} has no column {target!r} to take as target.{did_you_mean(target, frame.columns)} Columns: {names}."
        )
    if not frame[target].notna().any():
        raise ValueError(f"the target {target!r} of {path} is empty in every row. Name another column.")
    return target


def _without_target(known: pd.Series, target: str) -> list[tuple[str, str]]:
    rows = np.flatnonzero(~known.to_numpy())
    if not len(rows):
        return []
    shown = ", ".join(map(str, rows[:5])) + (", ..." if len(rows) > 5 else "")
    return [(f"row{'s' * (len(rows) > 1)} {shown}", f"{len(rows)} without a value of the target {target!r}")]


def _encode_target(column: pd.Series, name: str, task: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return class ids and class names, or float32 values and no names."""
    if column.nunique() == 1:
        raise ValueError(
            f"the target {name!r} has one value only: {column.iloc[0]!s}. There is nothing to tell apart; name "
            f"another column or add rows of another class."
        )
    if task == "regression":
        numbers = as_numbers(column, name)
        check_finite(numbers, name)
        return numbers.to_numpy(np.float32), ()
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        check_finite(column, name)
        class_names = [word(value) for value in np.unique(column.to_numpy())]  # 2 before 10
    else:
        class_names = sorted(set(words(column)))
    return pd.Index(class_names).get_indexer(pd.Index(words(column))).astype(np.int64), tuple(class_names)
