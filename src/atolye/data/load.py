"""`load_dataset`: one door to every dataset, by name, folder or CSV file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from atolye.data.builtin import EMBEDDED
from atolye.data.dataset import Dataset
from atolye.data.downloadable import DOWNLOADABLE
from atolye.data.image_decode import ResizeMode
from atolye.data.image_store import Progress
from atolye.errors import did_you_mean

BUILT_IN = (*EMBEDDED, *DOWNLOADABLE, "shapes")
"""Names of the sets that `load_dataset` knows: in the package, looked for in a data folder, and drawn."""
_CSV_SUFFIXES = (".csv", ".tsv")


def load_dataset(
    name_or_path: str | Path,
    *,
    data_dir: str | Path | None = None,
    target: str | None = None,
    task: str | None = None,
    column_kinds: Mapping[str, str] | None = None,
    image_size: int | None = None,
    num_examples: int | None = None,
    resize: ResizeMode = "crop",
    validation_fraction: float = 0.15,
    test_fraction: float = 0.15,
    split_seed: int = 0,
    max_examples: int | None = None,
    max_bad: float = 0.05,
    progress: Progress | None = None,
) -> Dataset:
    """Load a dataset, split into train, validation and test.

    Args:
        name_or_path: a built-in name (`breast_cancer`, `mnist_small`, `digits`, `mnist`, `cifar10`, `shapes`), a folder
            of images (one folder a class, or train/validation/test above that), or a CSV file: a table, or a list of
            image paths and labels. A folder that bears a built-in name is meant by `./name`.
        data_dir: folder that holds `mnist.npz` and `cifar10.npz`; None: `$ATOLYE_DATA_DIR`.
        target: for CSV files, the column to learn.
        task: for tables, `"classification"` or `"regression"`; None: by the target's values.
        column_kinds: for tables, `"numeric"`, `"categorical"` or `"ignore"` by column.
        image_size: side in pixels of the images, for image files (default 96) and `shapes` (default 64).
        num_examples: number of `shapes` to draw (default 2000).
        resize: for image files, `"crop"` fills the square, `"pad"` shows the whole image on black.
        validation_fraction: part of each class for validation, in [0, 1).
        test_fraction: part of each class for test, in [0, 1); an official test split is kept as it is.
        split_seed: the same seed, the same splits.
        max_examples: at most so many training examples, evenly over the classes; None: all.
        max_bad: share of image files that may be unreadable, in [0, 1]; above it is an error.
        progress: called with `(done, total)` while image files are read.

    Returns:
        The dataset; what had to be left out stands in its `excluded`.

    Raises:
        FileNotFoundError: when there is nothing of that name, or a downloadable set cannot be had.
        ValueError: when the data or an argument cannot be used; the message says why and what to do.
        OSError: when the cache folder cannot be written.

    Example:
        >>> load_dataset("digits").summary()["num_examples"]
        {'train': 1259, 'validation': 269, 'test': 269}
    """
    name = str(name_or_path)
    splitting = {
        "validation_fraction": validation_fraction,
        "test_fraction": test_fraction,
        "split_seed": split_seed,
    }
    tabular = {"target": target, "task": task, "column_kinds": column_kinds}
    if isinstance(name_or_path, str) and name in BUILT_IN:
        _refuse(name, _but_classification(tabular))
        dataset = _built_in(name, data_dir, image_size, num_examples, splitting)
    else:
        reading = {"image_size": image_size, "resize": resize, "max_bad": max_bad, "progress": progress}
        _refuse(name, {"num_examples": num_examples})
        dataset = _from_path(_existing(Path(name)), tabular, reading, splitting)
    return dataset if max_examples is None else dataset.limit(max_examples, seed=split_seed)


def _built_in(
    name: str,
    data_dir: str | Path | None,
    image_size: int | None,
    num_examples: int | None,
    splitting: dict[str, Any],
) -> Dataset:
    if name == "shapes":
        from atolye.data.shapes import shapes

        return shapes(
            image_size=64 if image_size is None else image_size,
            num_examples=2000 if num_examples is None else num_examples,
            **splitting,
        )
    _refuse(name, {"num_examples": num_examples})
    if name in DOWNLOADABLE:
        del splitting["test_fraction"]
        dataset = DOWNLOADABLE[name](data_dir=data_dir, **splitting)
    else:
        dataset = EMBEDDED[name](**splitting)
    if image_size not in (None, dataset.input_shape[0]):
        side = f"{dataset.input_shape[0]} px" if dataset.kind == "image" else "no images"
        raise ValueError(f"{name} has {side}; received image_size {image_size}. Leave it out, or resize in the model.")
    return dataset


def _from_path(path: Path, tabular: dict[str, Any], reading: dict[str, Any], splitting: dict[str, Any]) -> Dataset:
    from atolye.data.image_dataset import image_dataset

    if path.is_dir():
        from atolye.data.image_folder import label_folder

        _refuse(f"the folder {path}", _but_classification(tabular))
        return image_dataset(path, label_folder(path), **reading, **splitting)
    from atolye.data.csv_file import read_csv
    from atolye.data.image_csv import label_listing, path_column

    frame = read_csv(path)
    kinds = tabular["column_kinds"]
    paths = path_column(frame.drop(columns=list(kinds or {}), errors="ignore"), path.parent)
    if paths is not None:
        target = tabular.pop("target")
        _refuse(f"the list of images {path}", _but_classification(tabular))
        return image_dataset(path, label_listing(frame, path, paths, target), **reading, **splitting)
    from atolye.data.table import table_dataset

    _refuse(f"the table {path}", {"image_size": reading["image_size"]})
    return table_dataset(frame, path, target=tabular["target"], task=tabular["task"], kinds=kinds, **splitting)


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(
            f"no built-in dataset, folder or CSV file named {str(path)!r}.{did_you_mean(str(path), BUILT_IN)} "
            f"Built in: {', '.join(BUILT_IN)}."
        )
    if path.is_file() and path.suffix.lower() not in _CSV_SUFFIXES:
        raise ValueError(f"{path} is neither a folder of images nor a CSV file. Name the folder that it lies in.")
    return path


def _but_classification(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments without a task that says what is the case anyway."""
    return {key: value for key, value in arguments.items() if (key, value) != ("task", "classification")}


def _refuse(what: str, arguments: dict[str, Any]) -> None:
    """Raise ValueError for an argument that would have no effect, rather than pass over it in silence."""
    for argument, value in arguments.items():
        if value is not None:
            raise ValueError(f"{argument} does not apply to {what}; received {value!r}. Leave it out.")
