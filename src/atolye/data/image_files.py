"""Which files in a folder are images, by name: hidden files passed over, symbolic links followed once."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from atolye.data.image_decode import IMAGE_SUFFIXES


@dataclass(frozen=True)
class ImageFile:
    """An image file as the file system knows it, unread.

    Args:
        path: where it is.
        size: length in bytes.
        mtime_ns: time of the last change, in nanoseconds.
    """

    path: str
    size: int
    mtime_ns: int


def find_images(folder: str | Path) -> list[ImageFile]:
    """Return the image files under `folder`, however deep, sorted by path.

    Names are told apart by their ending, in any case; what starts with a dot and the `__MACOSX` folders of archives
    are passed over. A linked folder is entered once, and never one that `folder` lies in, so loops end.

    Raises:
        OSError: when `folder` cannot be listed.
    """
    found: list[ImageFile] = []
    seen = {_identity(parent) for parent in Path(folder).resolve().parents}
    waiting = [os.fspath(folder)]
    while waiting:
        current = waiting.pop()
        if _identity(current) in seen:
            continue
        seen.add(_identity(current))
        with os.scandir(current) as entries:
            for entry in entries:
                if is_hidden(entry.name):
                    continue
                if entry.is_dir():
                    waiting.append(entry.path)
                elif is_image_name(entry.name):
                    found.append(image_file(entry.path))
    return sorted(found, key=lambda file: file.path)


def image_file(path: str | Path) -> ImageFile:
    """Return the file's size and time; zeros where it cannot be asked (a broken link), which reading will tell."""
    try:
        status = os.stat(path)
    except OSError:
        return ImageFile(os.fspath(path), 0, 0)
    return ImageFile(os.fspath(path), status.st_size, status.st_mtime_ns)


def list_images(paths: Iterable[str | Path]) -> list[Path]:
    """Return the image files that `paths` name: files as they are, folders by the images in them.

    Raises:
        FileNotFoundError: when a path does not exist.
        ValueError: when a folder holds no image.

    Example:
        >>> list_images([])
        []
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"no file or folder named {str(path)!r}.")
        if path.is_dir():
            inside = find_images(path)
            if not inside:
                raise ValueError(f"the folder {str(path)!r} holds no image ({suffixes()}).")
            files.extend(Path(file.path) for file in inside)
        else:
            files.append(path)
    return files


def is_image_name(name: str) -> bool:
    """Return whether the name ends as image files do, in any case."""
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is none of the user's images: hidden, or litter of an archive program."""
    return name.startswith(".") or name == "__MACOSX"


def suffixes() -> str:
    """Return the endings of image files in words, for messages."""
    return ", ".join(sorted(IMAGE_SUFFIXES))


def _identity(path: str | Path) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_dev, status.st_ino
