"""The picture of forgetting: what the target task gained against what the source task lost."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from atolye.report import chart_grid
from atolye.report.chart import FAINT, SERIES
from atolye.transfer.forgetting import forgetting_table

_MARKERS = "os^Dv<>P*X"


def draw_forgetting(
    found: pd.DataFrame,
    *,
    epoch_label: str = "epoch",
    source_label: str = "source accuracy",
    gained_label: str = "target gained (points)",
    lost_label: str = "source lost (points)",
) -> Figure:
    """Draw the source accuracy by epoch, and beside it what each setting gained and lost in percentage points.

    Colours are strategies, markers learning rates. The best place of the right-hand chart is the lower right.

    Args:
        found: what `measure_forgetting` returned.
        epoch_label: words under the left chart.
        source_label: words beside the left chart.
        gained_label: words under the right chart.
        lost_label: words beside the right chart.

    Raises:
        ValueError: when there are no rows.

    Example:
        >>> rows = [(0.01, "full", 0, 0.2, 0.9), (0.01, "full", 1, 0.8, 0.5)]
        >>> columns = ["learning_rate", "strategy", "epoch", "target_accuracy", "source_accuracy"]
        >>> figure = draw_forgetting(pd.DataFrame(rows, columns=columns))
        >>> [axes.get_xlabel() for axes in figure.axes]
        ['epoch', 'target gained (points)']
    """
    if not len(found):
        raise ValueError("Received no rows; expected what measure_forgetting returned.")
    colours = {strategy: SERIES[place % len(SERIES)] for place, strategy in enumerate(found["strategy"].unique())}
    markers = {
        rate: _MARKERS[place % len(_MARKERS)]
        for place, rate in enumerate(sorted(found["learning_rate"].unique(), reverse=True))
    }
    figure, (left, right) = chart_grid(1, 2, height=3.8)
    for (strategy, rate), group in found.groupby(["strategy", "learning_rate"], sort=False):
        look: dict[str, Any] = {"color": colours[strategy], "marker": markers[rate], "markersize": 4}
        left.plot(group["epoch"], group["source_accuracy"], **look)
    left.set(xlabel=epoch_label, ylabel=source_label)
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.axhline(0, color=FAINT, linewidth=0.8)
    for row in forgetting_table(found).to_dict("records"):
        look = {"color": colours[row["strategy"]], "marker": markers[row["learning_rate"]], "markersize": 7}
        right.plot(100 * row["target_gained"], 100 * row["source_lost"], linestyle="none", **look)
    right.set(xlabel=gained_label, ylabel=lost_label)
    _legend(right, colours, markers)
    return figure


def _legend(axes: Axes, colours: dict[str, str], markers: dict[float, str]) -> None:
    for strategy, colour in colours.items():
        axes.plot([], [], color=colour, label=strategy)
    for rate, marker in markers.items():
        axes.plot([], [], color=FAINT, marker=marker, linestyle="none", label=f"{rate:g}")
    axes.legend(loc="upper left", ncols=2)
