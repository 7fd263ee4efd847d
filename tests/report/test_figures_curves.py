import numpy as np

from atolye.evaluate import Curve
from atolye.report.chart import GRID
from atolye.report.figures_curves import MOST_COLOURED, curves_figure


def curve(area: float, points: int = 2) -> Curve:
    line = np.linspace(0.0, 1.0, points)
    return Curve(line, line, area)


def test_what_is_not_defined_is_left_out() -> None:
    empty = Curve(np.empty(0), np.empty(0), float("nan"))
    axes = curves_figure([curve(0.75), empty], ["a", "b"], kind="roc").axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a  0.750"]


def test_the_smallest_areas_are_coloured() -> None:
    curves = [curve(1 - index / 100) for index in range(MOST_COLOURED + 3)]
    axes = curves_figure(curves, [str(index) for index in range(len(curves))], kind="precision_recall").axes[0]
    assert sum(line.get_color() == GRID for line in axes.lines) == 3
    assert axes.get_legend().get_texts()[0].get_text() == "3  0.970"


def test_long_curves_are_thinned_with_their_ends_kept() -> None:
    line = curves_figure([curve(0.5, 5000)], ["a"], kind="roc").axes[0].lines[0]
    assert len(line.get_xdata()) == 400
    assert (line.get_xdata()[0], line.get_xdata()[-1]) == (0.0, 1.0)


def test_the_precision_of_guessing() -> None:
    axes = curves_figure([curve(0.5)], ["a"], kind="precision_recall", baseline=0.3).axes[0]
    assert any(list(line.get_ydata()) == [0.3, 0.3] for line in axes.lines)
