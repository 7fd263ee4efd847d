"""What is worth its cost: the Pareto front of variants, and its plot."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from atolye.report import chart_grid
from atolye.report.chart import FAINT


def pareto_front(
    costs: Sequence[float], scores: Sequence[float], *, higher_is_better: bool = True
) -> NDArray[np.bool_]:
    """Say for each entry whether no other costs as little or less and scores as well or better.

    Of two that are the same in both, both are on the front. An entry with a NaN is not.

    Args:
        costs: lower is better.
        scores: higher is better, unless `higher_is_better` is False.
        higher_is_better: the direction of the scores.

    Returns:
        One boolean an entry.

    Raises:
        ValueError: when the lengths differ.

    Example:
        >>> pareto_front([1, 2, 3], [0.5, 0.4, 0.9]).tolist()
        [True, False, True]
    """
    if len(costs) != len(scores):
        raise ValueError(f"Received {len(costs)} costs and {len(scores)} scores; expected as many of both.")
    cost = np.asarray(costs, "float64")[:, None]
    gain = np.asarray(scores, "float64")[:, None] * (1 if higher_is_better else -1)
    at_least, better = (cost <= cost.T) & (gain >= gain.T), (cost < cost.T) | (gain > gain.T)
    beaten = (at_least & better).any(axis=0)
    return ~beaten & np.isfinite(cost[:, 0]) & np.isfinite(gain[:, 0])


def draw_pareto(table: pd.DataFrame, costs: Sequence[str], *, metric: str, higher_is_better: bool = True) -> Figure:
    """Draw a metric over what it costs, one panel a cost, with the Pareto front as a line.

    Args:
        table: a study's table, or any with the columns `mean`, the costs, and optionally `low` and `high`.
        costs: columns to draw over; a cost that spans a factor of 10 gets a logarithmic axis.
        metric: words beside the vertical axis.
        higher_is_better: the metric's direction.

    Raises:
        ValueError: when there are no costs, or a column is missing.

    Example:
        >>> table = pd.DataFrame({"mean": [0.8, 0.9], "seconds": [1.0, 3.0]}, index=["plain", "wide"])
        >>> len(draw_pareto(table, ["seconds"], metric="accuracy").axes)
        1
    """
    missing = [name for name in ("mean", *costs) if name not in table]
    if missing or not costs:
        raise ValueError(f"Received a table without {missing or 'costs'}; expected 'mean' and one cost or more.")
    figure, panels = chart_grid(1, len(costs), width=5.2 * len(costs), height=3.8)
    for axes, cost in zip(panels, costs, strict=True):
        _panel(axes, table, cost, higher_is_better)
        axes.set_ylabel(metric)
    return figure


def _panel(axes: Axes, table: pd.DataFrame, cost: str, higher_is_better: bool) -> None:
    front = table[pareto_front(table[cost].tolist(), table["mean"].tolist(), higher_is_better=higher_is_better)]
    front = front.sort_values([cost, "mean"])
    axes.plot(front[cost], front["mean"], color=FAINT, linewidth=1, zorder=1, drawstyle="steps-post")
    for name, row in table.iterrows():
        error = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]] if {"low", "high"} <= set(table) else None
        if error is not None and not np.isfinite(error).all():
            error = None
        axes.errorbar(row[cost], row["mean"], yerr=error, fmt="o" if name in front.index else "x", capsize=2)
        axes.annotate(str(name), (row[cost], row["mean"]), xytext=(5, 4), textcoords="offset points", fontsize=8)
    positive = table[cost][table[cost] > 0]
    if len(positive) == len(table) and positive.max() >= 10 * positive.min():
        axes.set_xscale("log")
    axes.margins(x=0.15)
    axes.set_xlabel(cost)
