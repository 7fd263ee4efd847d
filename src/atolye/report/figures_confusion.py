"""The confusion matrix as a picture: counts as text, the share of the row as the shade."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import NDArray

from atolye.report.chart import HEAT, chart

MOST_WITH_TEXT = 20  # above it a cell is too small for a number
MOST_WITH_NAMES = 40
_LIGHT_TEXT = 0.55  # from this shade on, white is easier to read than the page's ink, in light and in dark


def confusion_figure(matrix: NDArray[np.int64], class_names: Sequence[str]) -> Figure:
    """Draw a confusion matrix.

    The shade is one colour whose opacity is the share of the row, so that it works on any background.

    Args:
        matrix: counts by true (row) and predicted (column) class.
        class_names: one name a class.
    """
    size = len(matrix)
    side = float(np.clip(2.0 + 0.42 * size, 3.4, 8.4))
    figure, axes = chart(width=side + 0.9, height=side)
    support = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, support, out=np.zeros(matrix.shape), where=support > 0)
    fontsize = min(9.5, 110 / (size + 2 * len(str(matrix.max()))))
    for row, column in np.argwhere(matrix > 0):
        share = float(shares[row, column])
        axes.fill(*_corners(row, column), facecolor=to_rgba(HEAT, max(share, 0.04)), linewidth=0)
        if size <= MOST_WITH_TEXT:
            colour = "white" if share > _LIGHT_TEXT else "black"
            axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color=colour, fontsize=fontsize)
    axes.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5), aspect="equal", xlabel="predicted", ylabel="true")
    axes.grid(False)
    axes.tick_params(length=0)
    names = [_short(name) for name in class_names] if size <= MOST_WITH_NAMES else []
    upright = max((len(name) for name in names), default=0) <= 3
    axes.set_xticks(range(len(names)), names, rotation=0 if upright else 45, ha="center" if upright else "right")
    axes.set_yticks(range(len(names)), names)
    return figure


def _corners(row: int, column: int) -> tuple[list[float], list[float]]:
    gap = 0.03
    left, right, top, bottom = column - 0.5 + gap, column + 0.5 - gap, row - 0.5 + gap, row + 0.5 - gap
    return [left, right, right, left], [top, top, bottom, bottom]


def _short(name: str) -> str:
    # A dollar sign would start a formula in matplotlib.
    plain = name.replace("$", "﹩")
    return plain if len(plain) <= 16 else plain[:15] + "…"
