"""Two ways of training side by side: one line a seed."""

import pandas as pd
from matplotlib.figure import Figure

from atolye.report import chart


def draw_pairs(scores: pd.DataFrame, *, y_label: str) -> Figure:
    """Draw each row of scores as points joined by a line, so that every seed is compared with itself.

    Args:
        scores: one column a way of training, one row a seed; the index names the seeds.
        y_label: words beside the axis.

    Example:
        >>> figure = draw_pairs(pd.DataFrame({"plain": [0.90, 0.91], "all": [0.92, 0.92]}), y_label="accuracy")
        >>> len(figure.axes[0].lines)
        2
    """
    figure, axes = chart()
    for seed, row in scores.iterrows():
        axes.plot(range(len(row)), row.to_numpy(), marker="o", label=str(seed))
    axes.set_xticks(range(scores.shape[1]), [str(name) for name in scores.columns])
    axes.set(xlim=(-0.3, scores.shape[1] - 0.7), ylabel=y_label)
    axes.legend(title="seed")
    return figure
