import numpy as np
import pytest

from atolye.report.numbers import duration, format_column, format_number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0.9877"),
        (0.3, "0.3"),
        (3.0, "3"),
        (12.3456, "12.35"),
        (51264, "51\u202f264"),
        (1234, "1234"),
        (-1234567, "−1\u202f234\u202f567"),
        (1e-5, "1e-05"),
        (0.0, "0"),
        (float("nan"), "—"),
        (float("-inf"), "−∞"),
        (None, "—"),
        (True, "True"),
        (np.float32(0.5), "0.5"),
        (np.int64(7), "7"),
    ],
)
def test_one_number(value: object, text: str) -> None:
    assert format_number(value) == text


def test_a_column_shares_its_decimals() -> None:
    assert format_column([0.5, 0.25, float("nan"), -0.1]) == ["0.5000", "0.2500", "—", "−0.1000"]
    assert format_column([12.5, 1.25]) == ["12.50", "1.25"]
    assert format_column([100.0, 1e-6]) == ["100.0", "1.000e-06"]
    assert format_column([1, 20000]) == ["1", "20\u202f000"]


def test_percentages_and_durations_by_language() -> None:
    assert (percent(0.9523, "en"), percent(0.9523, "tr"), percent(float("nan"), "tr")) == ("95.2%", "%95.2", "—")
    assert (duration(59.94, "en"), duration(95, "tr"), duration(7300, "tr")) == ("59.9 s", "1 dk 35 s", "2 sa 1 dk")
