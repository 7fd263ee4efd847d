"""Charts that labs draw, in the report's look."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from atolye.layers import ACTIVATIONS
from atolye.report import chart, chart_grid
from atolye.report.chart import FAINT, SERIES


def draw_lines(
    curves: Mapping[str, Sequence[float]],
    *,
    x: Sequence[float] | None = None,
    x_label: str = "epoch",
    y_label: str = "",
    x_log: bool = False,
    y_log: bool = False,
    width: float = 5.2,
) -> Figure:
    """Draw one line for each named curve.

    Args:
        curves: values by name; names become the legend.
        x: positions of the values; None counts 1, 2, 3.
        x_label: words under the axis.
        y_label: words beside the axis.
        x_log: logarithmic x.
        y_log: logarithmic y.
        width: inches; 5.2 fills half of the page, 10.4 all of it.

    Example:
        >>> len(draw_lines({"relu": [0.5, 0.9], "sigmoid": [0.1, 0.1]}, y_label="accuracy").axes[0].lines)
        2
    """
    figure, axes = chart(width=width)
    for name, values in curves.items():
        positions = range(1, len(values) + 1) if x is None else x
        axes.plot(positions, values, label=name, marker="o" if len(values) < 25 else None, markersize=3)
    axes.set(xlabel=x_label, ylabel=y_label)
    if x is None:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if x_log:
        axes.set_xscale("log")
    if y_log:
        axes.set_yscale("log")
    if len(curves) > 1:
        axes.legend(ncols=2 if len(curves) > 6 else 1)
    return figure


def draw_histograms(samples: Mapping[str, Any], *, bins: int = 60, x_label: str = "") -> Figure:
    """Draw one histogram for each named array, side by side, with the same axes and logarithmic counts.

    Args:
        samples: arrays of any shape by name; names become titles.
        bins: bars of each.
        x_label: words under each.

    Example:
        >>> len(draw_histograms({"a": np.zeros(3), "b": np.ones(3)}).axes)
        2
    """
    figure, grid = chart_grid(1, len(samples), height=2.6)
    flat = {name: np.ravel(array) for name, array in samples.items()}
    everything = np.concatenate(list(flat.values()))
    for axes, (name, values) in zip(grid, flat.items(), strict=True):
        axes.hist(values, bins=bins, range=(everything.min(), everything.max()), log=True)
        axes.set(title=name, xlabel=x_label)
        axes.sharey(grid[0])
    return figure


def draw_activations() -> Figure:
    """Draw every activation of the table (line) and its derivative (dashed); softmax as the first of two units."""
    figure, grid = chart_grid(3, 4, height=6.2)
    x = np.linspace(-4, 4, 401, dtype="float32")
    for axes, activation in zip(grid, ACTIVATIONS.values(), strict=True):
        axes.set_title(activation.name)
        axes.axhline(0, color=FAINT, linewidth=0.6)
        if activation.elementwise:
            axes.plot(x, np.asarray(activation.function(x)))
            axes.plot(x, np.asarray(activation.derivative(x)), linestyle="--")
        else:
            pairs = np.stack([x, np.zeros_like(x)], axis=1)
            axes.plot(x, np.asarray(activation.function(pairs))[:, 0])
            axes.plot(x, np.asarray(activation.derivative(pairs))[:, 0, 0], linestyle="--")
    return figure


def draw_intervals(mean: Any, lower: Any, upper: Any, targets: Any, *, y_label: str = "probability") -> Figure:
    """Draw the interval of each predicted probability of class 1, sorted, and mark those that are wrong.

    Args:
        mean: probability of class 1, `(n,)`.
        lower: lower ends, `(n,)`.
        upper: upper ends, `(n,)`.
        targets: class ids 0 or 1, `(n,)`.
        y_label: words beside the axis.

    Example:
        >>> len(draw_intervals([0.2, 0.9], [0.1, 0.8], [0.4, 1.0], [0, 0]).axes[0].collections)
        2
    """
    mean, lower, upper, targets = map(np.asarray, (mean, lower, upper, targets))
    figure, axes = chart(width=10.4, height=3.2)
    order = np.argsort(mean)
    wrong = ((mean > 0.5) != (targets > 0.5))[order]
    places = np.arange(len(order))
    for rows, colour, label in ((~wrong, SERIES[0], "right"), (wrong, SERIES[1], "wrong")):
        chosen = order[rows]
        axes.vlines(places[rows], lower[chosen], upper[chosen], color=colour, linewidth=1.4, label=label)
        axes.plot(places[rows], mean[chosen], ".", color=colour, markersize=5)
    axes.axhline(0.5, color=FAINT, linewidth=0.8, linestyle="--")
    axes.set(xlabel="example", ylabel=y_label)
    axes.legend(loc="upper left")
    return figure
