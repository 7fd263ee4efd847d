"""A CSV file that lists images: one column of paths, one of labels."""

import os
from pathlib import Path

import pandas as pd

from atolye.data.image_dataset import LabelledFiles
from atolye.data.image_files import ImageFile, image_file, is_image_name
from atolye.data.table_values import words
from atolye.errors import did_you_mean

_LABEL_COLUMNS = ("label", "labels", "class", "target", "category", "etiket", "sınıf")
_SAMPLE = 50


def path_column(frame: pd.DataFrame, root: Path) -> str | None:
    """Return the column that holds paths of images, or None when the table has no such column.

    Raises:
        ValueError: when a column names image files and none of them exists.
    """
    for name in frame.columns:
        sample = frame[name].dropna().iloc[:_SAMPLE]
        if pd.api.types.is_numeric_dtype(frame[name]) or not len(sample):
            continue
        named = [value for value in map(str, sample) if is_image_name(value)]
        if len(named) < len(sample) / 2:
            continue
        if any((root / value).is_file() for value in map(str, frame[name].dropna())):
            return str(name)
        raise ValueError(
            f"column {name!r} names image files, such as {named[0]!r}, but none is there. Paths are taken from the "
            f"folder of the CSV file, {root}. Correct them, or, if this is a table, give that column's kind: "
            f"column_kinds={{{name!r}: 'ignore'}}."
        )
    return None


def label_listing(frame: pd.DataFrame, csv_path: str | Path, paths: str, target: str | None = None) -> LabelledFiles:
    """Return the image files of a listing with their labels; nothing is read yet.

    Args:
        frame: the listing.
        csv_path: its file; paths are relative to that file's folder.
        paths: the column of paths.
        target: the column of labels; None: `label`, `class` or the like, else the only other column.

    Raises:
        ValueError: when there is no column of labels, or one class only.
    """
    root = Path(csv_path).parent
    target = _label_column(frame, paths, target)
    files: list[ImageFile] = []
    labels: list[str] = []
    excluded: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    for row, (path, label) in enumerate(zip(frame[paths], words(frame[target]), strict=True)):
        if pd.isna(path) or pd.isna(label):
            excluded.append((f"row {row}", f"no value of {paths if pd.isna(path) else target!r}"))
            continue
        file = os.path.normpath(root / str(path))
        if file in seen:
            if seen[file] != label:
                raise ValueError(f"{csv_path} lists {path} as {seen[file]!r} and as {label!r}. Keep one line of it.")
            excluded.append((f"row {row}", f"{path} is listed before"))
            continue
        seen[file] = label
        files.append(image_file(file))
        labels.append(label)
    # 2 before 10
    class_names = sorted(set(labels), key=int) if all(label.isdecimal() for label in labels) else sorted(set(labels))
    if len(class_names) < 2:
        only = f": {class_names[0]!r}" if class_names else ""
        raise ValueError(f"column {target!r} of {csv_path} holds one class only{only}; a classifier needs at least 2.")
    return LabelledFiles(root, files, labels, tuple(class_names), None, tuple(excluded))


def _label_column(frame: pd.DataFrame, paths: str, target: str | None) -> str:
    others = [str(name) for name in frame.columns if name != paths]
    if target is not None:
        if target not in others:
            raise ValueError(
                f"the list of images has no column {target!r} of labels.{did_you_mean(target, others)} "
                f"Columns: {', '.join(others) or 'none'}."
            )
        return target
    for name in others:
        if name.lower() in _LABEL_COLUMNS:
            return name
    if len(others) == 1:
        return others[0]
    raise ValueError(
        f"which column holds the labels of the images? Name it with target (--target): {', '.join(others) or 'none'}."
    )
