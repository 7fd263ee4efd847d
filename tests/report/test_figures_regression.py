import numpy as np

from atolye.report.figures_regression import MOST_POINTS, evenly, residual_figure, scatter_figure

TRUE, GUESS = np.array([1.0, 2.0, 3.0]), np.array([1.5, 2.0, 2.0])


def test_points_and_diagonal() -> None:
    diagonal, points = scatter_figure(TRUE, GUESS).axes[0].lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [1.0, 3.0]
    assert points.get_ydata().tolist() == [1.5, 2.0, 2.0]


def test_residuals_are_prediction_minus_truth() -> None:
    points = residual_figure(TRUE, GUESS).axes[0].lines[1]
    assert points.get_xdata().tolist() == [1.5, 2.0, 2.0]
    assert points.get_ydata().tolist() == [0.5, 0.0, -1.0]


def test_thinning_keeps_both_ends() -> None:
    assert evenly(3).tolist() == [0, 1, 2]
    kept = evenly(10 * MOST_POINTS)
    assert len(kept) == MOST_POINTS and kept[0] == 0 and kept[-1] == 10 * MOST_POINTS - 1
