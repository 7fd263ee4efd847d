"""Pictures of a dataset: a grid of labelled images, or histograms of a table's columns."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from atolye.data.dataset import Dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS_OF_GRID = 8
_MOST_HISTOGRAMS = 9
_MOST_CATEGORIES = 12


def sample_grid(dataset: Dataset, *, count: int = 24, seed: int = 0) -> "Figure":
    """Draw `count` training images with their labels; for a table, histograms of its first columns by class.

    Args:
        dataset: what to show.
        count: number of images, at least 1; drawn evenly over the classes.
        seed: the same seed, the same images.

    Returns:
        A matplotlib figure, not registered with pyplot: `figure.savefig("samples.png")`.

    Raises:
        ValueError: when `count` is below 1.

    Example:
        >>> from atolye.data import load_dataset
        >>> len(sample_grid(load_dataset("digits"), count=6).axes)
        6
    """
    if count < 1:
        raise ValueError(f"count must be at least 1; received {count}.")
    if dataset.kind == "table":
        return _histograms(dataset)
    part = dataset.limit(count, seed=seed).train
    titles = [dataset.class_names[label] if dataset.class_names else f"{label:g}" for label in part.targets]
    return image_grid(np.asarray(part.inputs), titles)


def image_grid(images: np.ndarray, titles: Sequence[str]) -> "Figure":
    """Draw images side by side, each under its title.

    Args:
        images: uint8 of shape `(num_images, height, width, 1 or 3)`, at least one.
        titles: one text an image.
    """
    from matplotlib.figure import Figure

    if not len(images) == len(titles) > 0:
        raise ValueError(f"image_grid needs one title an image; received {len(images)} and {len(titles)}.")
    across = min(_COLUMNS_OF_GRID, len(images))
    down = math.ceil(len(images) / across)
    lines = 1 + max(title.count("\n") for title in titles)
    figure = Figure(figsize=(1.25 * across, (1.15 + 0.17 * lines) * down), layout="constrained")
    for number, (image, title) in enumerate(zip(images, titles, strict=True)):
        axes = figure.add_subplot(down, across, number + 1)
        # (H, W, 1) -> (H, W): matplotlib colours only what has no channel axis.
        axes.imshow(image[..., 0] if image.shape[-1] == 1 else image, cmap="gray", vmin=0, vmax=255)
        axes.set_title(_plain(title), fontsize=8)
        axes.set_axis_off()
    return figure


def _histograms(dataset: Dataset) -> "Figure":
    from matplotlib.figure import Figure

    columns = list((dataset.columns or {}).items())[:_MOST_HISTOGRAMS]
    across = min(3, len(columns))
    down = math.ceil(len(columns) / across)
    figure = Figure(figsize=(3.2 * across, 2.4 * down), layout="constrained")
    for number, (name, kind) in enumerate(columns):
        axes = figure.add_subplot(down, across, number + 1)
        (_draw_numbers if kind == "numeric" else _draw_categories)(axes, dataset, name)
        axes.set_title(_plain(name), fontsize=9)
        axes.tick_params(labelsize=7)
        axes.set_ylabel("rows", fontsize=7)
    if dataset.class_names:
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(6, len(labels)), fontsize=8)
    return figure


def _by_class(dataset: Dataset, column: str) -> tuple[list, list[str]]:
    """Return the column's values for each class (or for all rows, in regression) and the names of the classes."""
    values = pd.DataFrame(dataset.train.inputs)[column]
    if not dataset.class_names:
        return [values.dropna()], ["all"]
    parts = [values[dataset.train.targets == label].dropna() for label in range(dataset.num_classes)]
    return parts, [_plain(name) for name in dataset.class_names]


def _draw_numbers(axes: "Axes", dataset: Dataset, column: str) -> None:
    parts, names = _by_class(dataset, column)
    axes.hist([part.to_numpy() for part in parts], bins=20, stacked=True, label=names)


def _draw_categories(axes: "Axes", dataset: Dataset, column: str) -> None:
    parts, names = _by_class(dataset, column)
    shown = pd.DataFrame(dataset.train.inputs)[column].value_counts().index[:_MOST_CATEGORIES]
    base = np.zeros(len(shown))
    for part, name in zip(parts, names, strict=True):
        heights = part.value_counts().reindex(shown, fill_value=0).to_numpy()
        axes.bar([_plain(str(value)) for value in shown], heights, bottom=base, label=name)
        base += heights
    axes.tick_params(axis="x", rotation=45)


def _plain(text: str) -> str:
    """Return the text with dollar signs kept as they are: matplotlib would read formulas."""
    return text.replace("$", r"\$")
