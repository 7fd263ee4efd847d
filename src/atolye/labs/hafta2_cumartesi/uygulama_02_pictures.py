"""Pictures of lab 2.2: each technique on the same images, and mixed images with their labels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from atolye.report import chart_grid


def draw_techniques(rows: Mapping[str, np.ndarray]) -> Figure:
    """Draw a row of images for each technique, its name at the left.

    Args:
        rows: uint8 images by name, `(count, height, width, 3)`, the same count in every row.

    Example:
        >>> len(draw_techniques({"flip": np.zeros((3, 8, 8, 3), "uint8")}).axes)
        3
    """
    count = len(next(iter(rows.values())))
    figure, grid = chart_grid(len(rows), count, height=0.92 * len(rows))
    for row, (name, images) in enumerate(rows.items()):
        for column, image in enumerate(images):
            axes = grid[row * count + column]
            _show(axes, image)
            if column == 0:
                axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
    return figure


def draw_mixed(rows: Mapping[str, tuple[np.ndarray, np.ndarray]], class_names: Sequence[str]) -> Figure:
    """Draw mixed images under their soft labels, a row for each technique.

    Args:
        rows: uint8 images and their labels, `(count, num_classes)`, by name.
        class_names: names by class id.

    Example:
        >>> len(draw_mixed({"mix_up": (np.zeros((2, 8, 8, 3), "uint8"), np.eye(2))}, ("cat", "dog")).axes)
        2
    """
    count = len(next(iter(rows.values()))[0])
    figure, grid = chart_grid(len(rows), count, height=1.75 * len(rows))
    for row, (name, (images, labels)) in enumerate(rows.items()):
        for column, (image, shares) in enumerate(zip(images, labels, strict=True)):
            axes = grid[row * count + column]
            _show(axes, image)
            best = [place for place in np.argsort(-shares)[:2] if shares[place] > 0]
            words = [f"{class_names[place]} {shares[place]:.2f}" for place in best]
            axes.set_title("\n".join(words), fontsize=7, fontweight="normal", loc="center")
            if column == 0:
                axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
    return figure


def _show(axes: Any, image: np.ndarray) -> None:
    axes.imshow(image)
    axes.grid(False)
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)
