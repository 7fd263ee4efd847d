"""From labelled image files to a dataset: read, sort out what cannot be used, split, and keep off each other's test."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from atolye.data.dataset import SPLIT_NAMES, Dataset, Split
from atolye.data.image_decode import ResizeMode
from atolye.data.image_files import ImageFile
from atolye.data.image_store import Progress, StoredImages, check_room, store_images
from atolye.data.splits import SplitRows, split_rows
from atolye.files import atomic_path

# 96 px: an ImageNet backbone still sees what it needs, ten thousand images are 276 MB, and a CPU trains in minutes.
DEFAULT_IMAGE_SIZE = 96
# Splits together above this stay on disk; below it they are copied, which is faster to gather batches from.
IN_MEMORY_BYTES = 1 << 30
_ROWS_PER_COPY = 1024


@dataclass(frozen=True)
class LabelledFiles:
    """Image files with a label each, not read yet.

    Args:
        root: folder that ids are relative to.
        files: the image files.
        labels: class name of each file.
        class_names: all classes, sorted.
        given: split name of each file where the user has split them, else None.
        excluded: what was left out so far, as `(path, reason)`.
    """

    root: Path
    files: list[ImageFile]
    labels: list[str]
    class_names: tuple[str, ...]
    given: list[str] | None = None
    excluded: tuple[tuple[str, str], ...] = ()


def image_dataset(
    source: str | Path,
    labelled: LabelledFiles,
    *,
    image_size: int | tuple[int, int] | None = None,
    resize: ResizeMode = "crop",
    validation_fraction: float = 0.15,
    test_fraction: float = 0.15,
    split_seed: int = 0,
    max_bad: float = 0.05,
    progress: Progress | None = None,
) -> Dataset:
    """Read labelled image files into a dataset.

    Args:
        source: the folder or list that the user named.
        labelled: files and labels.
        image_size: side, or height and width, in pixels; None: 96.
        resize: `"crop"` fills the size and cuts off the rest evenly; `"pad"` shows all on black.
        validation_fraction: part of each class for validation where the user has given no such split, in [0, 1).
        test_fraction: the same for test.
        split_seed: the same seed, the same splits.
        max_bad: share of unreadable files above which an error is raised, in [0, 1].
        progress: called with `(done, total)` files.

    Raises:
        ValueError: when too many files cannot be read, or a class is left with too few examples.
        OSError: when the cache cannot be written.
    """
    if not 0.0 <= max_bad <= 1.0:
        raise ValueError(f"max_bad is a share from 0 to 1; received {max_bad}. Try 0.05.")
    side = DEFAULT_IMAGE_SIZE if image_size is None else image_size
    size = side if isinstance(side, tuple) else (side, side)
    stored = store_images(labelled.files, source, image_size=size, resize=resize, progress=progress)
    unreadable = [(_relative(path, labelled.root), reason) for path, reason in stored.bad]
    check_bad(unreadable, len(labelled.files), max_bad)
    place = {file.path: number for number, file in enumerate(labelled.files)}
    numbers = [place[path] for path in stored.paths]
    ids = np.array([_relative(path, labelled.root) for path in stored.paths], dtype=str)
    class_ids = {name: label for label, name in enumerate(labelled.class_names)}
    targets = np.array([class_ids[labelled.labels[number]] for number in numbers], np.int64)
    keep, contradictions = _drop_contradictions(targets, stored.contents, ids, labelled.class_names)
    repeated: list[tuple[str, str]] = []
    fractions = {"validation": validation_fraction, "test": test_fraction}
    if labelled.given is None:
        rows = _carve(keep, targets, stored.contents, labelled.class_names, fractions, split_seed)
    else:
        given = np.array([labelled.given[number] for number in numbers])
        rows, repeated = _keep_given(keep, given, stored.contents, ids)
        missing = {name: part for name, part in fractions.items() if name not in labelled.given}
        carved = _carve(rows["train"], targets, stored.contents, labelled.class_names, missing, split_seed)
        rows = {name: carved[name] if name in missing or name == "train" else rows[name] for name in SPLIT_NAMES}
        _check_given(rows, targets, labelled.class_names)
    pixels = _gather(stored, rows)
    parts = {name: Split(pixels[name], targets[rows[name]], ids[rows[name]]) for name in SPLIT_NAMES}
    return Dataset(
        name=Path(source).stem or Path(source).resolve().name,
        kind="image",
        task="classification",
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        class_names=labelled.class_names,
        value_range=(0.0, 255.0),
        provenance=f"{len(labelled.files)} image files of {Path(source).name}, {resize} to {size[1]} x {size[0]} px",
        excluded=(*labelled.excluded, *unreadable, *contradictions, *repeated),
    )


def check_bad(bad: Sequence[tuple[str, str]], total: int, max_bad: float) -> None:
    """Raise ValueError when more than the share `max_bad` of `total` files cannot be used, naming the first three."""
    if len(bad) > max_bad * total:
        first = "; ".join(f"{path}: {reason}" for path, reason in bad[:3])
        raise ValueError(
            f"{len(bad)} of {total} images cannot be read, more than max_bad = {max_bad:g} allows: "
            f"{first}{'; ...' if len(bad) > 3 else ''}. Repair or remove them, or raise max_bad (--max-bad)."
        )


def _relative(path: str, root: Path) -> str:
    inside = os.path.join(root, "")
    # Nearly always the first: relpath is slow where there are many thousands.
    return (path.removeprefix(inside) if path.startswith(inside) else os.path.relpath(path, root)).replace(os.sep, "/")


def _drop_contradictions(
    targets: np.ndarray, contents: np.ndarray, ids: np.ndarray, class_names: Sequence[str]
) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Return the rows to keep, and the files of one content under two labels: none of them can be trusted."""
    first: dict[str, int] = {}
    other: dict[str, int] = {}
    for row, content in enumerate(contents.tolist()):
        if targets[first.setdefault(content, row)] != targets[row]:
            other.setdefault(content, row)
    keep, dropped = [], []
    for row, content in enumerate(contents.tolist()):
        if content not in other:
            keep.append(row)
            continue
        twin = other[content] if targets[row] == targets[first[content]] else first[content]
        dropped.append((str(ids[row]), f"same file as {ids[twin]}, labelled {class_names[targets[twin]]!r} there"))
    return np.array(keep, np.int64), dropped


def _carve(
    among: np.ndarray,
    targets: np.ndarray,
    contents: np.ndarray,
    class_names: Sequence[str],
    fractions: dict[str, float],
    seed: int,
) -> SplitRows:
    """Split the rows `among`; a split that is not in `fractions` stays empty."""
    parts = split_rows(
        targets[among],
        class_names,
        validation_fraction=fractions.get("validation", 0.0),
        test_fraction=fractions.get("test", 0.0),
        seed=seed,
        contents=contents[among],
    )
    return {name: among[part] for name, part in parts.items()}


def _keep_given(
    keep: np.ndarray, given: np.ndarray, contents: np.ndarray, ids: np.ndarray
) -> tuple[SplitRows, list[tuple[str, str]]]:
    """Return the user's own splits without what also lies in a split that judges it."""
    rows: SplitRows = {}
    dropped = []
    judges: dict[str, int] = {}
    for name in reversed(SPLIT_NAMES):  # test first: it keeps everything
        own = keep[given[keep] == name]
        clean = np.array([contents[row] not in judges for row in own], bool)
        for row in own[~clean]:
            dropped.append((str(ids[row]), f"same file as {ids[judges[contents[row]]]}, which judges it"))
        rows[name] = own[clean]
        for row in rows[name]:
            judges.setdefault(contents[row], int(row))
    return rows, dropped


def _check_given(rows: SplitRows, targets: np.ndarray, class_names: Sequence[str]) -> None:
    for name, part in rows.items():
        if not len(part):
            continue
        counts = np.bincount(targets[part], minlength=len(class_names))
        if not counts.all():
            raise ValueError(
                f"class {class_names[int(counts.argmin())]!r} has no usable image in the {name} split. Add some."
            )


def _gather(stored: StoredImages, rows: SplitRows) -> dict[str, np.ndarray]:
    """Return the pixels of each split: in memory where they are few, else as memory-mapped copies in split order."""
    if stored.pixels.nbytes <= IN_MEMORY_BYTES:
        return {name: np.asarray(stored.pixels[part]) for name, part in rows.items()}
    state = hashlib.sha256(b"|".join(part.tobytes() for part in rows.values())).hexdigest()[:16]
    for stale in stored.folder.glob("split-*"):
        if state not in stale.name:
            stale.unlink(missing_ok=True)
    return {name: _mapped_copy(stored, part, f"split-{state}-{name}.u8") for name, part in rows.items()}


def _mapped_copy(stored: StoredImages, rows: np.ndarray, name: str) -> np.ndarray:
    shape = (len(rows), *stored.pixels.shape[1:])
    path = stored.folder / name
    size = int(np.prod(shape))
    if not size:
        return np.empty(shape, np.uint8)
    if not path.is_file() or path.stat().st_size != size:
        check_room(stored.folder, size)
        with atomic_path(path) as partial, partial.open("wb") as file:
            for start in range(0, len(rows), _ROWS_PER_COPY):
                file.write(np.ascontiguousarray(stored.pixels[rows[start : start + _ROWS_PER_COPY]]).data)
    return np.memmap(path, np.uint8, "r", shape=shape)
