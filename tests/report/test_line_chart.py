import numpy as np
import pytest

from atolye.report.line_chart import line_chart, line_panels


def test_line_chart_draws_each_line_under_its_name():
    axes = line_chart([1, 2, 3], {"a": [1, 2, 3], "b": [3, 2, 1]}, xlabel="epoch", ylabel="loss", log_y=True).axes[0]
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert axes.lines[1].get_ydata().tolist() == [3, 2, 1]
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("epoch", "loss", "log")


def test_line_panels_share_the_vertical_axis_and_hide_what_is_left():
    figure = line_panels(np.arange(2), {"a": [0, 1], "b": [0, 4], "c": [0, 2]}, columns=2, xlabel="update")
    assert {axes.get_ylim() for axes in figure.axes[:3]} == {(-0.32, 4.32)}
    assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]
    assert [axes.get_xlabel() for axes in figure.axes[:3]] == ["", "update", "update"]


def test_line_panels_need_a_line():
    with pytest.raises(ValueError, match="Received no lines; expected at least one"):
        line_panels([0], {})
