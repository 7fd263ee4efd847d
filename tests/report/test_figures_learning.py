import numpy as np
import pandas as pd

from atolye.report.figures_learning import learning_rate_curve, training_curves

HISTORY = pd.DataFrame(
    {"epoch": [1, 2, 3, 4], "loss": [4.0, 3, 2, 1], "val_loss": [4.0, 2, 3, 5], "learning_rate": [0.1, 0.1, 0.01, 0.01]}
)


def test_both_curves_and_the_best_epoch() -> None:
    axes = training_curves(HISTORY, "loss", 2).axes[0]
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["training"].get_ydata().tolist() == [4, 3, 2, 1]
    assert lines["validation"].get_ydata().tolist() == [4, 2, 3, 5]
    marks = [line for line in axes.lines if line.get_marker() == "o"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in marks] == [(2, 2.0)]
    assert any(np.array_equal(line.get_xdata(), [2, 2]) for line in axes.lines)


def test_one_epoch_is_a_dot_and_no_validation_is_fine() -> None:
    axes = training_curves(HISTORY.head(1).drop(columns="val_loss"), "loss", None).axes[0]
    assert [line.get_marker() for line in axes.lines] == ["o"]


def test_learning_rate() -> None:
    assert learning_rate_curve(HISTORY, 2).axes[0].lines[0].get_ydata().tolist() == [0.1, 0.1, 0.01, 0.01]


def test_stages_are_told_apart() -> None:
    staged = HISTORY.assign(stage=["head", "head", "top", "top"])
    for figure in (training_curves(staged, "loss", 2), learning_rate_curve(staged, 2)):
        axes = figure.axes[0]
        assert [text.get_text() for text in axes.texts] == ["head", "top"]
        assert any(np.array_equal(line.get_xdata(), [2.5, 2.5]) for line in axes.lines)
    assert not training_curves(HISTORY.assign(stage="head"), "loss", 2).axes[0].texts
