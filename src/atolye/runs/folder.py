"""Making a run folder that is whole or absent."""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from atolye.files import atomic_path, write_text

LOCK = ".lock"


def unfinished_folder(path: str | Path) -> Path:
    """Return the hidden folder in which the run `path` is made until it is whole."""
    path = Path(path)
    return path.with_name(f".{path.name}.partial")


@contextmanager
def new_run_folder(path: str | Path) -> Iterator[Path]:
    """Yield a hidden work folder beside `path` that becomes `path` when the block ends without an error.

    A mistake leaves nothing behind. What was killed or interrupted stays in the work folder, and the next call yields
    the same folder with what is in it, so that the work can go on; a mistake in that call leaves it as it is.

    Args:
        path: the run's folder to be; it must not be there yet.

    Raises:
        FileExistsError: when `path` is there, or another process is at work on it.
        OSError: when the folder's parent cannot be written.

    Example:
        >>> import tempfile
        >>> root = Path(tempfile.mkdtemp())
        >>> with new_run_folder(root / "first") as work:
        ...     write_info(work, {"kind": "training"})
        >>> [path.name for path in root.iterdir()]
        ['first']
    """
    path = Path(path)
    check_run_name(path.name)
    if path.exists():
        raise FileExistsError(
            f"{path} exists already. Choose another --name, or remove it with: atolye runs rm {path.name}"
        )
    work = unfinished_folder(path)
    try:
        work.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise type(error)(
            f"cannot write in {path.parent}: {error.strerror or error}. Choose another folder with --runs-dir."
        ) from None
    with _only_one(work):
        begun = any(path.name != LOCK for path in work.iterdir())
        try:
            yield work
            (work / LOCK).unlink(missing_ok=True)
            os.rename(work, path)
        except Exception:  # not KeyboardInterrupt: what was interrupted can go on
            if not begun:
                shutil.rmtree(work, ignore_errors=True)
            raise


@contextmanager
def _only_one(work: Path) -> Iterator[None]:
    """Hold the folder's lock; the system frees it when the process ends, however it ends."""
    with open(work / LOCK, "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FileExistsError(
                f"another process is at work on {work}. Wait for it, or choose another --name."
            ) from None
        yield


def check_run_name(name: str) -> None:
    """Raise a ValueError unless `name` is fit for a folder: letters, digits, dot, dash, underscore."""
    if not re.fullmatch(r"\w[\w.-]{0,99}", name):
        raise ValueError(
            f"a run's name must be 1 to 100 letters, digits, '.', '-' or '_', starting with a letter, a digit or '_'; "
            f"received {name!r}. Choose another --name."
        )


def write_info(folder: Path, info: dict[str, Any]) -> None:
    """Write `run.json`, keys in the order given."""
    write_text(folder / "run.json", json.dumps(info, indent=2, ensure_ascii=False, allow_nan=True) + "\n")


def write_history(folder: Path, history: pd.DataFrame) -> None:
    """Write `history.csv`, one row an epoch, with 9 significant digits: float32 values survive the round trip."""
    write_text(folder / "history.csv", history.to_csv(index=False, float_format="%.9g"))


def write_predictions(folder: Path, predictions: pd.DataFrame) -> None:
    """Write `predictions.parquet`, one row an example."""
    with atomic_path(folder / "predictions.parquet") as partial:
        predictions.to_parquet(partial, index=False)
