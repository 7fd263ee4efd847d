"""Calibration as pictures: the reliability diagram and the spread of confidence."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from atolye.report.chart import FAINT, SERIES, chart


def reliability_figure(bins: pd.DataFrame) -> Figure:
    """Draw how often each bin of confidence is right, against the diagonal.

    Args:
        bins: the table of `atolye.evaluate.calibration`.
    """
    figure, axes = chart(width=5.0, height=4.0)
    filled = bins[bins["count"] > 0]
    widths = filled["upper"] - filled["lower"]
    # Fainter bars hold fewer examples: a large gap of three examples means little.
    weight = np.clip(np.sqrt(filled["count"] / filled["count"].max()), 0.25, 1.0)
    for left, width, height, alpha in zip(filled["lower"], widths, filled["accuracy"], weight, strict=True):
        axes.bar(left, height, width * 0.92, align="edge", color=SERIES[0], alpha=float(alpha) * 0.8)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(filled["confidence"], filled["accuracy"], "o", color=SERIES[1], markersize=4.5, zorder=4)
    low = float(filled["lower"].min())
    axes.set(xlim=(max(0.0, low - 0.02), 1.01), ylim=(0, 1.02), xlabel="confidence", ylabel="share right")
    return figure


def confidence_figure(confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> Figure:
    """Draw the number of right and wrong answers by confidence, on a logarithmic axis.

    Args:
        confidence: largest probability of each answer, in [0, 1].
        correct: whether the answer is right.
    """
    figure, axes = chart(width=5.0, height=4.0)
    edges = np.linspace(0.0, 1.0, 31)
    edges = edges[edges >= max(0.0, float(np.floor(confidence.min() * 30) / 30) - 1e-9)]
    # The wrong answers are few and stand before the right ones, which are faint behind them.
    for values, label, colour, alpha in (
        (confidence[correct], "right", SERIES[0], 0.35),
        (confidence[~correct], "wrong", SERIES[1], 0.9),
    ):
        if len(values):
            counts, _ = np.histogram(values, edges)
            axes.stairs(counts, edges, fill=True, color=colour, alpha=alpha, label=label)
    axes.set_yscale("symlog", linthresh=1)  # the wrong ones are few; zero must stay drawable
    top = max(2.0, float(axes.get_ylim()[1]))
    ticks = [0, *(10**power for power in range(0, int(np.log10(top)) + 1))]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set(xlabel="confidence", ylabel="examples")
    axes.legend(loc="upper left")
    return figure
