import numpy as np

from atolye.evaluate import calibration
from atolye.report.figures_calibration import confidence_figure, reliability_figure


def test_a_bar_for_each_bin_that_is_filled() -> None:
    bins = calibration([1, 1, 0, 1], [0.9, 0.9, 0.6, 0.6], bins=10)["bins"]
    axes = reliability_figure(bins).axes[0]
    assert [round(bar.get_height(), 2) for bar in axes.patches] == [0.5, 1.0]


def test_right_and_wrong_apart() -> None:
    confidence = np.array([0.95, 0.9, 0.6, 0.55])
    axes = confidence_figure(confidence, np.array([True, True, True, False])).axes[0]
    totals = {patch.get_label(): int(patch.get_data().values.sum()) for patch in axes.patches}
    assert totals == {"right": 3, "wrong": 1}


def test_all_right() -> None:
    axes = confidence_figure(np.array([1.0, 1.0]), np.array([True, True])).axes[0]
    assert [patch.get_label() for patch in axes.patches] == ["right"]
