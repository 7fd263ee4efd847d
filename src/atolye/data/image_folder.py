"""A folder of images: one folder a class, or train/validation/test above that."""

import os
from pathlib import Path

from atolye.data.image_dataset import LabelledFiles
from atolye.data.image_files import ImageFile, find_images, image_file, is_hidden, is_image_name, suffixes

_SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}


def label_folder(folder: str | Path) -> LabelledFiles:
    """Return the image files of a folder, labelled by the names of its subfolders; nothing is read yet.

    The folder holds one subfolder a class, or `train` and `validation` (or `val`, `valid`) and/or `test`, with one
    subfolder a class in each. Below a class folder, images may lie at any depth.

    Raises:
        ValueError: when there is no image, no class folder or one class only, or when the splits differ in classes.

    Example:
        label_folder("photos/").class_names
    """
    root = Path(folder)
    children = _folders(root)
    roles = {child: _SPLIT_FOLDERS.get(child.name.lower()) for child in children}
    if "train" in roles.values() and None not in roles.values():
        return _given_splits(root, {child: role for child, role in roles.items() if role})
    by_class, loose = _by_class(root)
    _check(root, by_class, loose)
    return _collect(root, [(None, by_class)], loose)


ByClass = dict[str, list[ImageFile]]


def _given_splits(root: Path, roles: dict[Path, str]) -> LabelledFiles:
    if len(set(roles.values())) < len(roles):
        raise ValueError(f"{root} holds two folders for one split: {', '.join(sorted(path.name for path in roles))}.")
    if len(roles) == 1:
        raise ValueError(
            f"{root} holds only a train folder; add validation or test beside it, or name {next(iter(roles))} itself."
        )
    parts: list[tuple[str | None, ByClass]] = []
    loose: list[ImageFile] = []
    for child, role in sorted(roles.items()):
        by_class, more = _by_class(child)
        _check(child, by_class, more)
        parts.append((role, by_class))
        loose += more
    train = next(set(by_class) for role, by_class in parts if role == "train")
    for name, by_class in parts:
        lacking, unknown = sorted(train - set(by_class)), sorted(set(by_class) - train)
        if lacking or unknown:
            differs = [f"lacks {', '.join(lacking)}"] * bool(lacking) + [f"adds {', '.join(unknown)}"] * bool(unknown)
            raise ValueError(
                f"the splits of {root} must have the same classes; compared with train, {name} "
                f"{' and '.join(differs)}. Add or rename class folders."
            )
    return _collect(root, parts, loose)


def _by_class(folder: Path) -> tuple[ByClass, list[ImageFile]]:
    """Return the images of each class folder that has any, and the images that lie in none."""
    by_class = {child.name: find_images(child) for child in _folders(folder)}
    direct = (path for path in sorted(folder.iterdir()) if not is_hidden(path.name) and is_image_name(path.name))
    loose = [image_file(path) for path in direct if not path.is_dir()]
    return {name: files for name, files in by_class.items() if files}, loose


def _check(folder: Path, by_class: ByClass, loose: list[ImageFile]) -> None:
    if not by_class and loose:
        raise ValueError(
            f"the images of {folder} lie side by side, so their classes are unknown. Put them into one folder a "
            f"class ({folder / 'cat'}, {folder / 'dog'}), or list paths and labels in a CSV file."
        )
    if not by_class:
        raise ValueError(f"{folder} holds no image ({suffixes()}). Expected one folder of images a class.")
    if len(by_class) == 1:
        raise ValueError(
            f"{folder} holds one class only: {next(iter(by_class))!r}; a classifier needs at least 2 class folders."
        )


def _collect(root: Path, parts: list[tuple[str | None, ByClass]], loose: list[ImageFile]) -> LabelledFiles:
    found = [
        (file, label, role) for role, by_class in parts for label, files in sorted(by_class.items()) for file in files
    ]
    given = [role for _, _, role in found if role is not None]
    excluded = [(os.path.relpath(file.path, root), "lies in no class folder") for file in loose]
    return LabelledFiles(
        root=root,
        files=[file for file, _, _ in found],
        labels=[label for _, label, _ in found],
        class_names=tuple(sorted({label for _, label, _ in found})),
        given=given or None,
        excluded=tuple(excluded),
    )


def _folders(folder: Path) -> list[Path]:
    return sorted(child for child in folder.iterdir() if child.is_dir() and not is_hidden(child.name))
