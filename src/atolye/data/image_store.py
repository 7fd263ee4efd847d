"""Image files read once: verified, hashed, decoded, and kept as one memory-mapped array in the cache folder."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
import simplejpeg

from atolye.data.image_decode import ResizeMode, check_resize, quiet_pillow
from atolye.data.image_files import ImageFile
from atolye.data.image_reading import decode_files
from atolye.files import cache_dir

Progress = Callable[[int, int], None]

_FORMAT = 1  # raise it when decoding changes, so that older stores are not used
_SPARE_BYTES = 64 << 20  # disk left over for others


@dataclass(frozen=True)
class StoredImages:
    """Decoded images and what became of each file.

    Args:
        pixels: uint8 of shape `(num_readable, height, width, 3)`, memory-mapped, in the order of `paths`.
        paths: the readable files.
        contents: for each readable file the SHA-256 of its bytes, shortened.
        bad: unreadable files as `(path, reason)`.
        folder: where the array lies on disk.
    """

    pixels: np.ndarray
    paths: list[str]
    contents: np.ndarray
    bad: list[tuple[str, str]]
    folder: Path


def store_images(
    files: Sequence[ImageFile],
    origin: str | Path,
    *,
    image_size: tuple[int, int],
    resize: ResizeMode = "crop",
    progress: Progress | None = None,
) -> StoredImages:
    """Return the decoded images of `files`, from the cache where the same files have been read before.

    The store's key is made of every path, size and time of change and of the decode settings. A store that is damaged,
    or of files that have changed, is made anew and replaces the old one.

    Args:
        files: what to read; the order is kept.
        origin: folder or list that the files are from; there is one store of it for each size and mode.
        image_size: height and width in pixels of the decoded images, from 1 to 4096.
        resize: `"crop"` or `"pad"`.
        progress: called with `(done, total)` files.

    Raises:
        ValueError: when the size or the mode is out of range.
        OSError: when the cache folder cannot be written or its disk has too little room.
    """
    check_resize(resize)
    if not all(1 <= side <= 4096 for side in image_size):
        raise ValueError(f"image_size must be from 1 to 4096 pixels; received {image_size}. Try 96.")
    place, state = _keys(files, origin, image_size, resize)
    parent = _stores()
    folder = parent / f"{place}-{state}"
    stored = _open(folder, image_size)
    if stored is None:
        check_room(parent, len(files) * image_size[0] * image_size[1] * 3)
        _build(folder, [file.path for file in files], image_size, resize, progress)
        stored = _open(folder, image_size, verify=False)
    if stored is None:
        raise OSError(f"the image cache {folder} was damaged while it was written; check that disk.")
    if progress is not None:
        progress(len(files), len(files))
    return stored


def check_room(folder: Path, needed: int) -> None:
    """Raise OSError when the disk of `folder` has not `needed` bytes left, with some to spare."""
    free = shutil.disk_usage(folder).free
    if needed + _SPARE_BYTES > free:
        raise OSError(
            errno.ENOSPC,
            f"the decoded images need {needed / 2**30:.1f} GiB in {folder}, where {free / 2**30:.1f} GiB are free; "
            f"free some, lower image_size, or set ATOLYE_CACHE_DIR to another disk",
        )


def _keys(files: Sequence[ImageFile], origin: str | Path, image_size: tuple[int, int], resize: str) -> tuple[str, str]:
    """Return what the store is of (origin and settings) and which state of it (files, sizes, times)."""
    place = [_FORMAT, PIL.__version__, simplejpeg.__version__, list(image_size), resize, os.path.abspath(origin)]
    here = os.getcwd()
    state = [[os.path.join(here, file.path), file.size, file.mtime_ns] for file in files]
    # ASCII escapes keep names that are not valid UTF-8.
    digests = [hashlib.sha256(json.dumps(value).encode()).hexdigest() for value in (place, [place, state])]
    return digests[0][:12], digests[1][:20]


def _stores() -> Path:
    try:
        folder = cache_dir() / "images"
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise PermissionError(
            f"the cache folder cannot be made ({error}). Set ATOLYE_CACHE_DIR to a folder that can be written."
        ) from error
    for partial in folder.glob(".partial-*"):  # left by a process that was killed
        if partial.stat().st_mtime < time.time() - 86_400:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def _build(
    folder: Path,
    paths: Sequence[str],
    image_size: tuple[int, int],
    resize: ResizeMode,
    progress: Progress | None,
) -> None:
    """Write a store under a temporary name and put it in its place when it is whole."""
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    index: dict[str, list] = {"good": [], "bad": [], "blocks": []}
    try:
        with (partial / "pixels.u8").open("wb") as pixels, quiet_pillow():
            for block in decode_files(paths, image_size, resize):
                pixels.write(block.pixels.data)
                index["good"] += block.good
                index["bad"] += block.bad
                index["blocks"].append([block.pixels.nbytes, block.checksum])
                if progress is not None:
                    progress(len(index["good"]) + len(index["bad"]), len(paths))
        (partial / "index.json").write_text(json.dumps(index), encoding="utf-8")
        place = folder.name.split("-")[0]
        for stale in folder.parent.glob(f"{place}-*"):  # the same origin before it changed, or a damaged store
            shutil.rmtree(stale, ignore_errors=True)
        os.replace(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _open(folder: Path, image_size: tuple[int, int], *, verify: bool = True) -> StoredImages | None:
    """Return the store in `folder`, or None where there is none or its bytes are not those that were written."""
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        paths = [path for path, _ in index["good"]]
        contents = np.array([content for _, content in index["good"]], dtype=str)
        bad = [(path, reason) for path, reason in index["bad"]]
        if verify and not _whole(folder / "pixels.u8", index["blocks"]):
            return None
        shape = (len(paths), *image_size, 3)
        # An empty file cannot be mapped.
        pixels = np.memmap(folder / "pixels.u8", np.uint8, "r", shape=shape) if paths else np.empty(shape, np.uint8)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return StoredImages(pixels, paths, contents, bad, folder)


def _whole(path: Path, blocks: Sequence[tuple[int, int]]) -> bool:
    """Return whether the file is what the checksums say: a second or two a gigabyte, far below decoding again."""
    with path.open("rb") as file:
        return all(zlib.crc32(file.read(size)) == checksum for size, checksum in blocks) and not file.read(1)
