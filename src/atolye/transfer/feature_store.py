"""Features on disk: one folder for each pass, whole or absent, and never taken for another's."""

import errno
import json
import os
import shutil
import tempfile
import time
import warnings
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

_VALUES, _INDEX = "features.raw", "features.json"
_SPARE_BYTES = 64 << 20  # disk left over for others
_KEPT_BYTES = 20 << 30  # of all features together; what was not used for longest goes first
_READ_BYTES = 1 << 20


def open_features(folder: Path, key: dict[str, Any], *, verify: bool = True) -> np.ndarray | None:
    """Return the features in `folder`, memory-mapped, or None where there are none.

    Features that are damaged, or of something else than `key`, are none either, and a warning says so.

    Args:
        folder: where they lie.
        key: what they have to be of.
        verify: compare the checksum, too: about a second for each gigabyte.
    """
    if not folder.is_dir():
        return None
    try:
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        fault = _fault(folder / _VALUES, index, key, verify)
        if fault is None:
            os.utime(folder / _INDEX)  # used last
            return _mapped(folder / _VALUES, tuple(index["shape"]), index["dtype"])
    except (OSError, ValueError, KeyError, TypeError):
        fault = "cannot be read"
    warnings.warn(f"The cached features in {folder} {fault}; they are computed anew.", RuntimeWarning, stacklevel=3)
    return None


def write_features(
    folder: Path, key: dict[str, Any], blocks: Iterable[np.ndarray], *, shape: Sequence[int], dtype: str
) -> None:
    """Write blocks of features under a temporary name, and put them in their place when all are written.

    Args:
        folder: where they go; what is there is replaced.
        key: what they are of.
        blocks: arrays of `dtype`, together of shape `shape`.
        shape: of the whole, examples first.
        dtype: name of the NumPy type.

    Raises:
        OSError: when the folder cannot be written.
    """
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    checksum = written = 0
    try:
        with (partial / _VALUES).open("wb") as file:
            for block in blocks:
                values = np.ascontiguousarray(block, dtype).data
                checksum = zlib.crc32(values, checksum)
                written += file.write(values)
        index = {"key": key, "shape": list(shape), "dtype": dtype, "bytes": written, "crc32": checksum}
        (partial / _INDEX).write_text(json.dumps(index, indent=2), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def make_room(parent: Path, needed: int) -> None:
    """Make the folder of all features, and room in it for `needed` bytes, at the cost of the longest unused ones.

    Raises:
        OSError: when the folder cannot be made, or the disk has too little room.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PermissionError(
            f"the folder for features cannot be made ({error}). Set ATOLYE_CACHE_DIR to a folder that can be written."
        ) from error
    for partial in parent.glob(".partial-*"):  # left by a process that was killed
        if partial.stat().st_mtime < time.time() - 86_400:
            shutil.rmtree(partial, ignore_errors=True)
    stores = sorted(parent.glob(f"{'[0-9a-f]' * 32}/{_INDEX}"), key=lambda path: path.stat().st_mtime)
    sizes = [sum(path.stat().st_size for path in store.parent.iterdir()) for store in stores]
    free, kept = shutil.disk_usage(parent).free, sum(sizes)
    if needed + _SPARE_BYTES > free + kept:
        raise OSError(
            errno.ENOSPC,
            f"the features need {needed / 2**30:.2f} GiB in {parent}, where {free / 2**30:.2f} GiB are free; "
            "free some, train without the cache, or set ATOLYE_CACHE_DIR to another disk",
        )
    for store, size in zip(stores, sizes, strict=True):
        if needed + _SPARE_BYTES <= free and kept + needed <= _KEPT_BYTES:
            return
        shutil.rmtree(store.parent, ignore_errors=True)
        free, kept = free + size, kept - size


def _fault(values: Path, index: dict[str, Any], key: dict[str, Any], verify: bool) -> str | None:
    """Return what is wrong with the features, None when nothing is."""
    if index["key"] != key:
        return "are of another network, other data or other settings than their name says"
    size = values.stat().st_size
    if size != index["bytes"]:
        return f"are {size} bytes long instead of {index['bytes']}"
    if verify and _checksum(values) != index["crc32"]:
        return "are not the bytes that were written"
    return None


def _checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            checksum = zlib.crc32(part, checksum)
    return checksum


def _mapped(path: Path, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    # An empty file cannot be mapped.
    return np.memmap(path, dtype, "r", shape=shape) if shape[0] else np.empty(shape, dtype)
