"""Files that are whole or absent: temporary name first, rename at the end; and the cache folder."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block ends without an error.

    Use it for every file that somebody may read while it is written, or that a crash must not leave half done.

    Args:
        path: where the finished file goes; missing parent folders are made.

    Raises:
        OSError: when the folder cannot be written or the disk is full; nothing is left behind.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with atomic_path(folder / "answer.txt") as partial:
        ...     _ = partial.write_text("42")
        >>> (folder / "answer.txt").read_text()
        '42'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays, since some writers (Keras, matplotlib) choose the format by it.
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=f".partial{path.suffix}", dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o666 & ~_umask())  # mkstemp makes private files; a run folder is meant to be shared.
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, wholly or not at all."""
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write `data` to `path`, wholly or not at all."""
    with atomic_path(path) as partial:
        partial.write_bytes(data)


def cache_dir() -> Path:
    """Return the folder for what can be computed again: `$ATOLYE_CACHE_DIR`, else `~/.cache/atolye`.

    The folder is made when it is not there.
    """
    path = Path(os.environ.get("ATOLYE_CACHE_DIR") or Path.home() / ".cache" / "atolye")
    path.mkdir(parents=True, exist_ok=True)
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
