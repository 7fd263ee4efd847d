"""A dataset: examples and labels, already split, with class names, value range and where they came from."""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPLIT_NAMES = ("train", "validation", "test")
"""Names of a dataset's parts, in their order."""


@dataclass(frozen=True)
class Split:
    """One part of a dataset: inputs, targets and ids of the same length.

    Args:
        inputs: images as uint8 of shape `(num_examples, height, width, channels)`, maybe memory-mapped, or a
            DataFrame of raw table columns.
        targets: int64 class ids of shape `(num_examples,)`, or float32 values for regression.
        ids: strings that name each example: file path or row number.
        masks: bool object masks of shape `(num_examples, height, width)` where they are known, else None.
    """

    inputs: np.ndarray | pd.DataFrame
    targets: np.ndarray
    ids: np.ndarray
    masks: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not len(self.inputs) == len(self.targets) == len(self.ids):
            raise ValueError(
                f"inputs, targets and ids must have one length; received {len(self.inputs)}, "
                f"{len(self.targets)} and {len(self.ids)}. Cut them to the same examples."
            )
        if self.masks is not None and len(self.masks) != len(self.targets):
            raise ValueError(
                f"masks must be one mask an example; received {len(self.masks)} masks for {len(self.targets)} examples."
            )

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, rows: np.ndarray | slice) -> "Split":
        """Return the examples at positions `rows`, in that order."""
        inputs = self.inputs.iloc[rows] if isinstance(self.inputs, pd.DataFrame) else self.inputs[rows]
        masks = None if self.masks is None else self.masks[rows]
        return Split(inputs, self.targets[rows], self.ids[rows], masks)


@dataclass(frozen=True)
class Dataset:
    """Train, validation and test examples with everything that a run has to know about them.

    Get one from `load_dataset`; build one by hand for your own arrays.

    Args:
        name: short name, such as `"mnist_small"` or the folder's name.
        kind: `"image"` or `"table"`.
        task: `"classification"` or `"regression"`.
        train: examples to learn from.
        validation: examples to choose with (early stopping, settings).
        test: examples to judge with, once.
        class_names: names by class id; empty for regression.
        value_range: lowest and highest value that a pixel can take, `(0.0, 255.0)` for images; None for tables.
        provenance: one line on where the data came from.
        excluded: what was left out, as `(path, reason)` pairs.
        columns: for tables, the kind of each column: `"numeric"` or `"categorical"`.

    Example:
        >>> import numpy as np
        >>> part = Split(np.zeros((4, 8, 8, 1), np.uint8), np.array([0, 1, 0, 1]), np.arange(4).astype(str))
        >>> names, range_ = ("cat", "dog"), (0.0, 255.0)
        >>> dataset = Dataset("toy", "image", "classification", part, part, part, names, range_, "by hand")
        >>> dataset.num_classes, dataset.input_shape
        (2, (8, 8, 1))
    """

    name: str
    kind: Literal["image", "table"]
    task: Literal["classification", "regression"]
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    value_range: tuple[float, float] | None
    provenance: str
    excluded: tuple[tuple[str, str], ...] = ()
    columns: dict[str, str] | None = None

    @property
    def splits(self) -> dict[str, Split]:
        """The three splits by name, in the order train, validation, test."""
        return {name: getattr(self, name) for name in SPLIT_NAMES}

    @property
    def num_classes(self) -> int:
        """Number of classes; 0 for regression."""
        return len(self.class_names)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one raw input: `(height, width, channels)`, or `(num_columns,)` for a table."""
        return tuple(int(size) for size in self.train.inputs.shape[1:])

    @cached_property
    def content_hash(self) -> str:
        """First 16 hex digits of the SHA-256 over all inputs, targets and ids: the same data, the same hash."""
        digest = hashlib.sha256()
        for part in self.splits.values():
            digest.update(str((part.inputs.shape, str(part.targets.dtype))).encode())
            for start in range(0, len(part), 4096):  # in blocks, since inputs may be larger than memory
                block = part.inputs[start : start + 4096]
                if isinstance(block, pd.DataFrame):
                    digest.update(block.to_csv(index=False).encode())
                else:
                    digest.update(np.ascontiguousarray(block).tobytes())
            digest.update(np.ascontiguousarray(part.targets).tobytes())
            digest.update("\n".join(part.ids.tolist()).encode())
        return digest.hexdigest()[:16]

    def class_counts(self) -> dict[str, dict[str, int]]:
        """Return the number of examples by split and class name; empty dictionaries for regression."""
        counts = {}
        for name, part in self.splits.items():
            numbers = np.bincount(part.targets, minlength=self.num_classes).tolist() if self.class_names else []
            counts[name] = dict(zip(self.class_names, numbers, strict=True))
        return counts

    def summary(self) -> dict[str, Any]:
        """Return what a run records about its data, as plain JSON values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "task": self.task,
            "hash": self.content_hash,
            "num_examples": {name: len(part) for name, part in self.splits.items()},
            "class_names": list(self.class_names),
            "class_counts": self.class_counts(),
            "input_shape": list(self.input_shape),
            "value_range": None if self.value_range is None else list(self.value_range),
            "columns": self.columns,
            "provenance": self.provenance,
            "excluded": [list(pair) for pair in self.excluded],
        }

    def limit(self, max_examples: int, *, seed: int = 0) -> "Dataset":
        """Return the dataset with at most `max_examples` training examples, drawn evenly over the classes."""
        if max_examples < 1:
            raise ValueError(f"max_examples must be at least 1; received {max_examples}.")
        if max_examples >= len(self.train):
            return self
        order = np.random.default_rng(seed).permutation(len(self.train))
        if self.class_names:
            # Rank of each example inside its class: taking low ranks first keeps the classes even.
            ranks = pd.Series(self.train.targets[order]).groupby(self.train.targets[order]).cumcount().to_numpy()
            order = order[np.argsort(ranks, kind="stable")]
        return replace(self, train=self.train.take(np.sort(order[:max_examples])))

    def sample_grid(self, *, count: int = 24, seed: int = 0) -> "Figure":
        """Draw `count` training images with their labels (see `atolye.data.samples`)."""
        from atolye.data.samples import sample_grid

        return sample_grid(self, count=count, seed=seed)
