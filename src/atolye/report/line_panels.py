"""Lines by name, each in a small chart of its own: shapes side by side."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from atolye.report.chart import chart_grid


def line_panels(x: Sequence[float] | Any, lines: Mapping[str, Any], *, columns: int = 5, xlabel: str = "") -> Figure:
    """Draw each line in a small chart of its own, all with the same vertical axis: shapes side by side.

    Args:
        x: positions, (points,).
        lines: values by name, (points,) each; the name becomes the chart's title.
        columns: charts in a row.
        xlabel: words under the lowest charts.

    Raises:
        ValueError: when there are no lines.

    Example:
        >>> figure = line_panels([0, 1, 2], {"up": [0, 1, 2], "down": [2, 1, 0]}, columns=2)
        >>> [axes.get_title(loc="left") for axes in figure.axes]
        ['up', 'down']
    """
    if not lines:
        raise ValueError("Received no lines; expected at least one. Give a dictionary of name to values.")
    rows = math.ceil(len(lines) / columns)
    figure, panels = chart_grid(rows, columns, height=1.9 * rows)
    highest = max(float(max(values)) for values in lines.values())
    lowest = min(float(min(values)) for values in lines.values())
    margin = 0.08 * (highest - lowest or 1.0)
    for number, (panel, (name, values)) in enumerate(zip(panels, lines.items(), strict=False)):
        panel.plot(x, values)
        panel.set_title(name, loc="left")
        panel.set_ylim(lowest - margin, highest + margin)
        panel.set_xlabel(xlabel if number >= len(lines) - columns else "")
        if number % columns:
            panel.tick_params(labelleft=False)
    for panel in panels[len(lines) :]:
        panel.set_visible(False)
    return figure
