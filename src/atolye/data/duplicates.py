"""Examples that are there twice: the same pixels under two names."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from atolye.data.dataset import Dataset

MOST_BYTES = 2**29  # read in about half a second; larger sets are not searched


class Duplicate(NamedTuple):
    """Two examples with the same pixels: where each is, its id, and whether both have the same target."""

    split: str
    id: str
    other_split: str
    other_id: str
    same_target: bool


def find_duplicates(dataset: Dataset, *, most_bytes: int = MOST_BYTES) -> list[Duplicate] | None:
    """Return the images that are in a dataset more than once; across splits, a test of memory and not of learning.

    Args:
        dataset: of images.
        most_bytes: size of all images above which nothing is searched.

    Returns:
        One entry for each image that was there before, training images first; None when it was not searched: a table,
        or too large.

    Example:
        >>> from atolye.data import load_dataset
        >>> len(find_duplicates(load_dataset("digits")))
        0
    """
    splits = dataset.splits
    if dataset.kind != "image" or sum(np.asarray(part.inputs).nbytes for part in splits.values()) > most_bytes:
        return None
    first: dict[bytes, tuple[str, str, object]] = {}
    found = []
    for name, digest, row in _digests(dataset):
        part = splits[name]
        here = (name, str(part.ids[row]), part.targets[row])
        before = first.setdefault(digest, here)
        if before is not here:
            found.append(Duplicate(before[0], before[1], here[0], here[1], bool(before[2] == here[2])))
    return found


def _digests(dataset: Dataset) -> Iterator[tuple[str, bytes, int]]:
    for name, part in dataset.splits.items():
        for row, image in enumerate(np.asarray(part.inputs)):
            yield name, blake2b(np.ascontiguousarray(image).data, digest_size=16).digest(), row
