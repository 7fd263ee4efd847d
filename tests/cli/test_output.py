"""What commands print."""

from atolye.cli.output import count, number, reading_bar


def test_figures_have_four_significant_digits():
    assert number(0.123456) == "0.1235"
    assert number(None) == "-"


def test_counts_have_a_unit():
    assert [count(value) for value in (0, 999, 1000, 269_722, 81_162_240, 4_089_184_256)] == [
        "0", "999", "1 k", "270 k", "81.2 M", "4.09 G",
    ]  # fmt: skip
    assert count(None) == count(float("nan")) == "-"


def test_the_reading_bar_is_silent_outside_a_terminal(capsys):
    with reading_bar() as progress:
        progress(1, 2)
        progress(2, 2)
    assert capsys.readouterr().err == ""
