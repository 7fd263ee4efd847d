"""Some classes of a dataset as a dataset of their own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from atolye.data.dataset import Dataset, Split
from atolye.errors import did_you_mean


def select_classes(dataset: Dataset, classes: Sequence[str | int]) -> Dataset:
    """Return the examples of some classes, with class ids from 0 in the order in which the classes are named.

    Use it to cut one dataset into two tasks, such as one to learn first and one to learn then, or to look at the two
    classes that a model confuses. Splits stay what they are: no example goes from one to another. Object masks stay.
    Of memory-mapped images the chosen ones are read into memory.

    Args:
        dataset: images or a table with classes.
        classes: two or more of its classes, by name or by id.

    Raises:
        ValueError: for regression, a class that is not there or named twice, fewer than two, or a class without an
            example in a split that holds examples.

    Example:
        >>> from atolye.data import load_dataset
        >>> few = select_classes(load_dataset("digits"), ["7", "1"])
        >>> few.class_names, sorted(set(few.train.targets.tolist())), len(few.test)
        (('7', '1'), [0, 1], 54)
    """
    if dataset.task != "classification":
        raise ValueError(f"{dataset.name} has values to predict and no classes; select_classes needs a classification.")
    ids = [_class_id(dataset, chosen) for chosen in classes]
    if len(set(ids)) < len(ids) or len(ids) < 2:
        raise ValueError(
            f"Received classes={list(classes)!r}; expected two or more different ones of "
            f"{', '.join(dataset.class_names)}."
        )
    names = tuple(dataset.class_names[label] for label in ids)
    parts: dict[str, Any] = {split: _selected(part, ids) for split, part in dataset.splits.items()}
    for split, part in parts.items():
        counts = np.bincount(part.targets, minlength=len(ids))
        if len(dataset.splits[split]) and not counts.all():
            missing = ", ".join(repr(names[place]) for place in np.flatnonzero(counts == 0))
            raise ValueError(f"The {split} split of {dataset.name} has no example of {missing}. Leave the class out.")
    only = f"{dataset.name} ({', '.join(names)})"
    return replace(
        dataset, name=only, class_names=names, provenance=f"{dataset.provenance}; only {', '.join(names)}", **parts
    )


def _class_id(dataset: Dataset, chosen: str | int) -> int:
    if isinstance(chosen, str) and chosen in dataset.class_names:
        return dataset.class_names.index(chosen)
    if not isinstance(chosen, str | bool) and 0 <= chosen < dataset.num_classes:
        return int(chosen)
    raise ValueError(
        f"Received the class {chosen!r}; expected one of {', '.join(dataset.class_names)}, or an id from 0 to "
        f"{dataset.num_classes - 1}.{did_you_mean(str(chosen), dataset.class_names)}"
    )


def _selected(part: Split, ids: list[int]) -> Split:
    chosen = part.take(np.flatnonzero(np.isin(part.targets, ids)))
    places = np.full(max([*ids, *part.targets.tolist()]) + 1, -1, np.int64)
    places[ids] = np.arange(len(ids))
    return replace(chosen, targets=places[chosen.targets])
