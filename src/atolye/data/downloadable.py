"""MNIST and CIFAR-10 whole: from a folder of yours, from Keras's cache, or downloaded by Keras, in that order."""

import os
import socket
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from atolye.data.builtin import DIGIT_NAMES, image_contents
from atolye.data.dataset import Dataset, Split
from atolye.data.splits import check_fractions, split_rows

DATA_DIR_VARIABLE = "ATOLYE_DATA_DIR"
_KEYS = ("x_train", "y_train", "x_test", "y_test")
_SILENCE_SECONDS = 20.0  # a download that receives nothing for so long is given up

Arrays = dict[str, np.ndarray]

_CIFAR10_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
# By name: class names and the shape of one image.
_FACTS: dict[str, tuple[tuple[str, ...], tuple[int, int, int]]] = {
    "mnist": (DIGIT_NAMES, (28, 28, 1)),
    "cifar10": (_CIFAR10_NAMES, (32, 32, 3)),
}


def mnist(*, data_dir: str | Path | None = None, validation_fraction: float = 0.15, split_seed: int = 0) -> Dataset:
    """Return MNIST: 70,000 handwritten digits of shape (28, 28, 1), with the official 10,000 test digits.

    Reference:
        LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document recognition, 1998.

    Args:
        data_dir: folder with `mnist.npz` (`x_train, y_train, x_test, y_test`); None: `$ATOLYE_DATA_DIR`.
        validation_fraction: part of each class of the training digits that becomes validation, in [0, 1).
        split_seed: the same seed, the same validation split.

    Raises:
        FileNotFoundError: when the data is nowhere on this machine and cannot be downloaded.
        ValueError: when the file found is damaged or holds something else.
    """
    return _official_split("mnist", data_dir, validation_fraction, split_seed)


def cifar10(*, data_dir: str | Path | None = None, validation_fraction: float = 0.15, split_seed: int = 0) -> Dataset:
    """Return CIFAR-10: 60,000 colour photos of shape (32, 32, 3) in 10 classes, with the official test split.

    Reference:
        Krizhevsky, Learning multiple layers of features from tiny images, 2009.

    Args:
        data_dir: folder with `cifar10.npz` (`x_train, y_train, x_test, y_test`); None: `$ATOLYE_DATA_DIR`.
        validation_fraction: part of each class of the training photos that becomes validation, in [0, 1).
        split_seed: the same seed, the same validation split.

    Raises:
        FileNotFoundError: when the data is nowhere on this machine and cannot be downloaded.
        ValueError: when the file found is damaged or holds something else.
    """
    return _official_split("cifar10", data_dir, validation_fraction, split_seed)


def _official_split(name: str, data_dir: str | Path | None, validation_fraction: float, split_seed: int) -> Dataset:
    check_fractions(validation_fraction, 0.0)
    arrays, source = _find(name, data_dir)
    class_names, _ = _FACTS[name]
    rows = split_rows(
        arrays["y_train"],
        class_names,
        validation_fraction=validation_fraction,
        test_fraction=0.0,
        seed=split_seed,
        contents=image_contents(arrays["x_train"]),
    )
    ids = np.char.add("train/", np.arange(len(arrays["y_train"])).astype(str))
    whole = Split(arrays["x_train"], arrays["y_train"], ids)
    test_ids = np.char.add("test/", np.arange(len(arrays["y_test"])).astype(str))
    return Dataset(
        name=name,
        kind="image",
        task="classification",
        train=whole.take(rows["train"]),
        validation=whole.take(rows["validation"]),
        test=Split(arrays["x_test"], arrays["y_test"], test_ids),
        class_names=class_names,
        value_range=(0.0, 255.0),
        provenance=f"{name}, official test split; validation carved from train; {source}",
    )


def is_local(name: str, data_dir: str | Path | None = None) -> bool:
    """Tell whether `name` can be had without a network: from the data folder, or for MNIST from Keras's cache."""
    folders = [Path(folder).expanduser() for folder in (data_dir, os.environ.get(DATA_DIR_VARIABLE)) if folder]
    cached = _keras_cache_folders() if name == "mnist" else []
    return any((folder / f"{name}.npz").is_file() for folder in [*folders, *cached])


def _find(name: str, data_dir: str | Path | None) -> tuple[Arrays, str]:
    """Return the arrays and where they came from, by the order of the module's first line."""
    folders = [Path(folder).expanduser() for folder in (data_dir, os.environ.get(DATA_DIR_VARIABLE)) if folder]
    for folder in folders:
        if (folder / f"{name}.npz").is_file():
            return read_arrays(folder / f"{name}.npz", name), f"read from {name}.npz in the data folder"
    if name == "mnist":  # Keras keeps MNIST as the very same .npz, so Keras itself is not needed
        for folder in _keras_cache_folders():
            if (folder / "mnist.npz").is_file():
                return read_arrays(folder / "mnist.npz", name), "read from the Keras cache"
    try:
        return _load_with_keras(name), "read by keras.datasets"
    except Exception as error:  # Keras wraps every failure of the network in a plain Exception
        looked = ", ".join(str(folder) for folder in [*folders, *_keras_cache_folders()])
        raise FileNotFoundError(
            f"{name} is not on this machine (looked in {looked}) and could not be downloaded "
            f"({_one_line(error)}). Put {name}.npz, with the arrays {', '.join(_KEYS)}, into a folder and name it "
            f"with data_dir (--data-dir) or {DATA_DIR_VARIABLE}, or try again with a network. "
            f"Embedded sets need none: breast_cancer, mnist_small, digits, shapes."
        ) from error


def read_arrays(path: Path, name: str) -> Arrays:
    """Return the four arrays of an `.npz` file as uint8 images (N, H, W, C) and int64 labels (N,), checked.

    Raises:
        ValueError: when the file is damaged, or its keys, shapes or labels are not those of `name`.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            missing = [key for key in _KEYS if key not in archive.files]
            if missing:
                raise ValueError(
                    f"{path} lacks {', '.join(missing)}; it holds {', '.join(archive.files) or 'nothing'}. "
                    f"Save it with numpy.savez under the names {', '.join(_KEYS)}."
                )
            arrays = {key: archive[key] for key in _KEYS}
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, AttributeError) as error:
        raise ValueError(
            f"{path} is damaged or no .npz file ({_one_line(error)}). Delete it and fetch it again."
        ) from error
    return _normalised(arrays, name, str(path))


def _normalised(arrays: Arrays, name: str, source: str) -> Arrays:
    class_names, shape = _FACTS[name]
    result: Arrays = {}
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"].reshape(-1)  # labels (N,) or (N, 1) -> (N,)
        if images.ndim == 4 and images.shape[1:] == (shape[2], *shape[:2]):
            images = np.moveaxis(images, 1, -1)  # (N, C, H, W) -> (N, H, W, C)
        if images.shape[1:] not in (shape, shape[:2]) or images.dtype != np.uint8 or len(images) != len(labels):
            raise ValueError(
                f"{source}: x_{part} must be uint8 of shape (N, {', '.join(map(str, shape))}) with N labels; "
                f"received {images.dtype} of shape {images.shape} and {len(labels)} labels."
            )
        if not np.issubdtype(labels.dtype, np.integer) or not np.isin(labels, range(len(class_names))).all():
            raise ValueError(f"{source}: y_{part} must hold whole numbers from 0 to {len(class_names) - 1}.")
        result[f"x_{part}"] = np.ascontiguousarray(images).reshape(-1, *shape)
        result[f"y_{part}"] = labels.astype(np.int64)
    return result


def _keras_cache_folders() -> list[Path]:
    """Return where Keras keeps datasets, found as Keras finds it, but without importing it."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()
    fallback = Path(tempfile.gettempdir()) / ".keras"  # Keras's choice when the home folder is read-only
    return [folder / "datasets" for folder in (home, fallback) if folder == home or fallback.is_dir()]


def _load_with_keras(name: str) -> Arrays:
    import keras

    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SILENCE_SECONDS)
    try:  # says "Downloading data from ..." when it does
        train, test = getattr(keras.datasets, name).load_data()
    finally:
        socket.setdefaulttimeout(timeout)
    arrays = dict(zip(_KEYS, (*train, *test), strict=True))
    return _normalised(arrays, name, f"keras.datasets.{name}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


DOWNLOADABLE: dict[str, Callable[..., Dataset]] = {"mnist": mnist, "cifar10": cifar10}
