"""The progress bar of a lab."""

import io

import pytest
from rich.console import Console

from atolye.labs.steps import Steps


def test_the_bar_shows_part_and_share_on_a_terminal():
    output = io.StringIO()
    step = Steps("lab", {"data": 1, "training": 3}, console=Console(file=output, force_terminal=True, width=100))
    step("data")
    step("training")
    step.done()
    assert "training" in output.getvalue() and "25 %" in output.getvalue()


def test_nothing_is_drawn_elsewhere():
    output = io.StringIO()
    step = Steps("lab", {"data": 1}, console=Console(file=output))
    step("data")
    step.done()
    assert output.getvalue().strip() == ""


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match=r"Received the part 'nap'; expected one of \['data'\]"):
        Steps("lab", {"data": 1})("nap")
