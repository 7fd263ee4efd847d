"""Regression as pictures: prediction against truth, and residuals."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from atolye.report.chart import FAINT, SERIES, chart

MOST_POINTS = 1200  # keeps the page small; evenly spaced, so that the picture stays the same


def scatter_figure(targets: NDArray[np.float64], predictions: NDArray[np.float64]) -> Figure:
    """Draw predictions against true values with the diagonal."""
    figure, axes = chart(width=5.0, height=4.2)
    keep = evenly(len(targets))
    low = float(min(targets.min(), predictions.min()))
    high = float(max(targets.max(), predictions.max()))
    axes.plot([low, high], [low, high], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(targets[keep], predictions[keep], "o", color=SERIES[0], markersize=3.4, alpha=0.5, markeredgewidth=0)
    axes.set(xlabel="true", ylabel="prediction")
    return figure


def residual_figure(targets: NDArray[np.float64], predictions: NDArray[np.float64]) -> Figure:
    """Draw residuals (prediction - truth) against predictions, with the zero line."""
    figure, axes = chart(width=5.0, height=4.2)
    keep = evenly(len(targets))
    residuals = predictions - targets
    axes.axhline(0.0, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(predictions[keep], residuals[keep], "o", color=SERIES[1], markersize=3.4, alpha=0.5, markeredgewidth=0)
    axes.set(xlabel="prediction", ylabel="residual")
    return figure


def evenly(count: int) -> NDArray[np.int64]:
    """Return at most `MOST_POINTS` indices below `count`, evenly spaced."""
    return np.unique(np.linspace(0, count - 1, MOST_POINTS).astype(np.int64))
