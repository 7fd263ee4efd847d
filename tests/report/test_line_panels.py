import numpy as np
import pytest

from atolye.report.line_panels import line_panels


def test_line_panels_share_the_vertical_axis_and_hide_what_is_left():
    figure = line_panels(np.arange(2), {"a": [0, 1], "b": [0, 4], "c": [0, 2]}, columns=2, xlabel="update")
    assert {axes.get_ylim() for axes in figure.axes[:3]} == {(-0.32, 4.32)}
    assert [axes.get_visible() for axes in figure.axes] == [True, True, True, False]
    assert [axes.get_xlabel() for axes in figure.axes[:3]] == ["", "update", "update"]


def test_line_panels_need_a_line():
    with pytest.raises(ValueError, match="Received no lines; expected at least one"):
        line_panels([0], {})
