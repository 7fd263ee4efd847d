"""What commands print."""

from atolye.cli.output import number, reading_bar


def test_figures_have_four_significant_digits():
    assert number(0.123456) == "0.1235"
    assert number(None) == "-"


def test_the_reading_bar_is_silent_outside_a_terminal(capsys):
    with reading_bar() as progress:
        progress(1, 2)
        progress(2, 2)
    assert capsys.readouterr().err == ""
