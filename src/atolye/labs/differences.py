"""Two settings over the same seeds: the mean of their differences, how sure it is, and a chart of several."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from atolye.evaluate import compare_paired
from atolye.report import chart
from atolye.report.chart import FAINT


def paired_difference(values: Sequence[float], baseline: Sequence[float]) -> dict[str, float]:
    """Return the mean of the paired differences and its 95 % interval, as a row of `draw_differences`.

    Use it where both settings ran with the same seeds; see `atolye.evaluate.compare_paired`.

    Args:
        values: figures of the setting, one a seed, two or more.
        baseline: figures of what it is compared with, from the same seeds in the same order.

    Returns:
        `difference`, `low` and `high`.

    Raises:
        ValueError: when the lists differ in length or hold fewer than 2 figures.

    Example:
        >>> [round(edge, 3) for edge in paired_difference([3.0, 4.0, 5.0], [1.0, 2.0, 2.0]).values()]
        [2.333, 0.899, 3.768]
    """
    found = compare_paired(values, baseline)
    return {"difference": found.gain, "low": found.low, "high": found.high}


def draw_differences(frames: Mapping[str, pd.DataFrame], *, x_label: str) -> Figure:
    """Draw differences with their intervals, one colour a frame, against the dashed line of no difference.

    Args:
        frames: tables with the columns `name`, `difference`, `low` and `high`, of the same names; by legend.
        x_label: words under the axis.

    Example:
        >>> frame = pd.DataFrame({"name": ["add"], "difference": [0.1], "low": [-0.1], "high": [0.3]})
        >>> len(draw_differences({"loss": frame}, x_label="difference").axes)
        1
    """
    count = max(map(len, frames.values()))
    figure, axes = chart(width=7.0, height=0.4 * count + 1.0)
    for shift, (label, frame) in enumerate(frames.items()):
        spread = [frame["difference"] - frame["low"], frame["high"] - frame["difference"]]
        places = np.arange(len(frame)) + 0.2 * shift
        axes.errorbar(frame["difference"], places, xerr=spread, fmt="o", capsize=3, label=label)
        axes.set_yticks(range(len(frame)), [str(name) for name in frame["name"]])
    axes.axvline(0, color=FAINT, linestyle="--", linewidth=1)
    axes.set(xlabel=x_label, ylim=(count - 0.4, -0.6))
    if len(frames) > 1:
        axes.legend()
    return figure
