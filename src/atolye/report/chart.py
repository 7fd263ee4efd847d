"""The look of a chart: quiet axes and ten colours that the page knows in light and in dark."""

from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SERIES = (
    "#2166ac",
    "#d9622b",
    "#2e8b63",
    "#8d5bb5",
    "#c43c5f",
    "#128a9c",
    "#a67c00",
    "#7a6652",
    "#5f6b7a",
    "#b05a9c",
)
"""Colours for series, in this order; in the page they are the variables `--s1` ... `--s10`."""

FAINT = "#8a939e"
"""Colour for what should recede: reference lines, the diagonal of a ROC curve."""

GRID = "#d5d9de"

HEAT = "#2468ad"
"""Colour of a filled cell: dark enough for white text in light and in dark, unlike `SERIES[0]`."""

STYLE: dict[Any, Any] = {
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(color=SERIES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "xtick.color": FAINT,
    "xtick.labelcolor": "black",
    "ytick.color": FAINT,
    "ytick.labelcolor": "black",
}


def chart(*, width: float = 5.0, height: float = 3.5) -> tuple[Figure, Axes]:
    """Return an empty figure with one pair of axes in the report's style.

    Args:
        width: inches; 5 fills half of the page, 10.4 all of it.
        height: inches.

    Example:
        figure, axes = chart()
        axes.plot(history["epoch"], history["loss"], label="loss")
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        return figure, figure.subplots()


def chart_grid(rows: int, columns: int, *, width: float = 10.4, height: float = 3.5) -> tuple[Figure, list[Axes]]:
    """Return an empty figure with `rows` x `columns` axes, row by row, in the report's style.

    Args:
        rows: rows of axes.
        columns: columns of axes.
        width: inches, of the whole figure.
        height: inches, of the whole figure.

    Example:
        figure, (left, right) = chart_grid(1, 2)
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        return figure, list(figure.subplots(rows, columns, squeeze=False).ravel())
