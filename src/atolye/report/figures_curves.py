"""ROC and precision-recall curves as pictures."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from atolye.evaluate import Curve
from atolye.report.chart import FAINT, GRID, SERIES, chart
from atolye.report.figures_confusion import _short

MOST_COLOURED = len(SERIES)
_MOST_POINTS = 400  # more cannot be seen at this size


def curves_figure(
    curves: Sequence[Curve], class_names: Sequence[str], *, kind: str, baseline: float | None = None
) -> Figure:
    """Draw one curve a class; where there are many, colour those with the smallest areas.

    Args:
        curves: curves to draw; what is not defined is left out.
        class_names: a name a curve.
        kind: `"roc"` or `"precision_recall"`.
        baseline: precision of guessing, drawn for a single precision-recall curve.
    """
    figure, axes = chart(width=5.0, height=4.2)
    kept = [(curve, name) for curve, name in zip(curves, class_names, strict=True) if curve.defined]
    order = sorted(range(len(kept)), key=lambda index: kept[index][0].area)
    coloured = sorted(order[:MOST_COLOURED])
    for index, (curve, _) in enumerate(kept):
        if index not in coloured:
            _draw(axes, curve, kind, color=GRID, linewidth=0.9)
    for place, index in enumerate(coloured):
        curve, name = kept[index]
        label = f"{_short(name)}  {curve.area:.3f}"
        _draw(axes, curve, kind, color=SERIES[place], linewidth=1.8, label=label, zorder=3)
    if kind == "roc":
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        axes.set(xlabel="false positive rate", ylabel="true positive rate")
    else:
        if baseline is not None:
            axes.axhline(baseline, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        axes.set(xlabel="recall", ylabel="precision")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.03))
    if kept:
        axes.legend(loc="lower right" if kind == "roc" else "lower left")
    return figure


def _draw(axes: Axes, curve: Curve, kind: str, **style: object) -> None:
    keep = np.unique(np.linspace(0, len(curve.x) - 1, _MOST_POINTS).astype(int))
    drawstyle = "default" if kind == "roc" else "steps-pre"
    axes.plot(curve.x[keep], curve.y[keep], drawstyle=drawstyle, **style)  # type: ignore[arg-type]
