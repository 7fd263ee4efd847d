"""Cut examples into train, validation and test: stratified, seeded, and never one content in two splits."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from atolye.data.dataset import SPLIT_NAMES

SplitRows = dict[str, np.ndarray]


def split_rows(
    targets: np.ndarray,
    class_names: Sequence[str] = (),
    *,
    validation_fraction: float = 0.15,
    test_fraction: float = 0.15,
    seed: int = 0,
    contents: np.ndarray | None = None,
) -> SplitRows:
    """Return the sorted row numbers of each split, with every class in every split that was asked for.

    Use it when examples come without an official split. Examples of equal content stay together, so that no test
    example was also trained on. Pass `test_fraction=0.0` to carve only a validation split.

    Args:
        targets: int64 class ids of shape `(num_examples,)`; any values when `class_names` is empty.
        class_names: names by class id; empty means that the rows are not stratified (regression).
        validation_fraction: part of each class that goes to validation, in [0, 1).
        test_fraction: part of each class that goes to test, in [0, 1).
        seed: the same seed, the same splits.
        contents: one hashable value per example; equal values are the same content. None: all differ.

    Returns:
        Row numbers by split name, sorted.

    Raises:
        ValueError: when fractions leave nothing to train on, when there is one class only, or when a class has
            fewer different examples than there are splits.

    Example:
        >>> rows = split_rows(np.array([0, 1] * 10), ("cat", "dog"), seed=0)
        >>> {name: len(part) for name, part in rows.items()}
        {'train': 12, 'validation': 4, 'test': 4}
    """
    check_fractions(validation_fraction, test_fraction)
    fractions = {"validation": validation_fraction, "test": test_fraction}
    # Numbered by first appearance, so that the splits depend on which contents are equal and not on their hashes.
    group_of = np.arange(len(targets)) if contents is None else pd.factorize(contents)[0]
    if class_names:
        check_classes(targets, class_names, fractions, group_of)
    random = np.random.default_rng(seed)
    strata = [np.flatnonzero(targets == label) for label in range(len(class_names))] or [np.arange(len(targets))]
    if not class_names and len(np.unique(group_of)) < _minimum(fractions):
        raise ValueError(
            f"{len(targets)} examples cannot fill {_minimum(fractions)} splits with different examples; add examples."
        )
    parts: dict[str, list[np.ndarray]] = {name: [] for name in SPLIT_NAMES}
    for rows in strata:
        for name, part in _split_stratum(rows, group_of[rows], fractions, random).items():
            parts[name].append(part)
    return {name: np.sort(np.concatenate(part)) for name, part in parts.items()}


def check_fractions(validation_fraction: float, test_fraction: float) -> None:
    """Raise ValueError unless both fractions are in [0, 1) and leave more than nothing for training."""
    for name, value in (("validation_fraction", validation_fraction), ("test_fraction", test_fraction)):
        if not 0.0 <= value < 1.0:
            raise ValueError(f"{name} must be at least 0 and below 1; received {value}. Try 0.15.")
    if validation_fraction + test_fraction >= 1.0:
        raise ValueError(
            f"validation_fraction and test_fraction must leave examples for training; received "
            f"{validation_fraction} and {test_fraction}. Try 0.15 each."
        )


def check_classes(
    targets: np.ndarray, class_names: Sequence[str], fractions: dict[str, float], group_of: np.ndarray
) -> None:
    """Raise ValueError when there is one class only or a class has too few different examples to be split."""
    if len(class_names) < 2:
        only = f" {class_names[0]!r}" if class_names else ""
        raise ValueError(f"found one class only:{only or ' none'}; a classifier needs at least 2. Add another class.")
    minimum = _minimum(fractions)
    # One (class, content) pair counts once, however often the content is repeated.
    pairs = np.unique(targets * len(targets) + group_of)
    counts = np.bincount(pairs // len(targets), minlength=len(class_names))
    small = [f"{class_names[label]!r} has {counts[label]}" for label in np.flatnonzero(counts < minimum).tolist()]
    if small:
        more = f" and {len(small) - 3} more" if len(small) > 3 else ""
        raise ValueError(
            f"each class needs at least {minimum} different examples, one for each split; class "
            f"{', '.join(small[:3])}{more}. Add examples or remove the class."
        )


def _minimum(fractions: dict[str, float]) -> int:
    return 1 + sum(fraction > 0.0 for fraction in fractions.values())


def _split_stratum(
    rows: np.ndarray, group_of: np.ndarray, fractions: dict[str, float], random: np.random.Generator
) -> SplitRows:
    """Deal the groups of one class to the splits; a group is never cut, and no split stays empty."""
    groups, sizes = np.unique(group_of, return_counts=True)
    order = random.permutation(len(groups))
    order = order[np.argsort(-sizes[order], kind="stable")]  # large groups first: groups of one even it out
    room = {name: max(1, round(len(rows) * part)) for name, part in fractions.items() if part > 0.0}
    room = {"train": max(1, len(rows) - sum(room.values())), **room}
    empty = set(room)
    split_of_group = np.zeros(len(groups), np.int64)
    for dealt, (group, size) in enumerate(zip(order.tolist(), sizes[order].tolist(), strict=True)):
        # Ordinarily to the split with the most room; the last groups are kept for splits that have none yet.
        choices = [name for name in room if name in empty] if len(groups) - dealt <= len(empty) else list(room)
        name = max(choices, key=room.__getitem__)
        room[name] -= size
        empty.discard(name)
        split_of_group[group] = SPLIT_NAMES.index(name)
    split_of_row = split_of_group[np.searchsorted(groups, group_of)]
    return {name: rows[split_of_row == index] for index, name in enumerate(SPLIT_NAMES)}
