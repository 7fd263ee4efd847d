"""Curves over epochs: loss, a metric, the learning rate, with the best epoch marked."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from atolye.report.chart import FAINT, SERIES, chart


def training_curves(history: pd.DataFrame, metric: str, best_epoch: int | None) -> Figure:
    """Draw a column of the history for training and, as `val_<metric>`, for validation.

    Args:
        history: one row an epoch, with the column `epoch` (from 1).
        metric: a column, such as `loss` or `accuracy`.
        best_epoch: the epoch to mark; None marks none.
    """
    figure, axes = chart()
    marker = "o" if len(history) < 4 else ""  # a line of one point would not be seen
    axes.plot(history["epoch"], history[metric], label="training", color=SERIES[0], marker=marker)
    column = f"val_{metric}"
    if column in history:
        axes.plot(history["epoch"], history[column], label="validation", color=SERIES[1], marker=marker)
        best = history.loc[history["epoch"] == best_epoch, column]
        if best_epoch is not None and len(best):
            axes.plot([best_epoch], [best.iloc[0]], "o", color=SERIES[1], markersize=6, zorder=4)
    _mark_epochs(axes, best_epoch)
    _mark_stages(axes, history)
    axes.set_ylabel(metric)
    axes.legend()
    return figure


def learning_rate_curve(history: pd.DataFrame, best_epoch: int | None) -> Figure:
    """Draw the learning rate by epoch."""
    figure, axes = chart(height=2.6)
    marker = "o" if len(history) < 4 else ""
    axes.plot(history["epoch"], history["learning_rate"], color=SERIES[2], marker=marker)
    _mark_epochs(axes, best_epoch)
    _mark_stages(axes, history)
    axes.set_ylabel("learning_rate")
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    return figure


def _mark_epochs(axes: Axes, best_epoch: int | None) -> None:
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if best_epoch is not None:
        axes.axvline(best_epoch, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)


def _mark_stages(axes: Axes, history: pd.DataFrame) -> None:
    """Draw a line where a fine-tuning goes over from one stage to the next, with the names at the top."""
    if "stage" not in history or history["stage"].nunique() < 2:
        return
    for number, (name, part) in enumerate(history.groupby("stage", sort=False)):
        begin = float(part["epoch"].iloc[0]) - 0.5
        if number:
            axes.axvline(begin, color=FAINT, linewidth=1.2, zorder=1)
        place = begin if number else float(part["epoch"].iloc[0])
        axes.annotate(
            str(name), (place, 1.0), (4, 3), xycoords=("data", "axes fraction"), textcoords="offset points", color=FAINT
        )
