import pytest

from atolye.labs.timing import milliseconds_each


def test_mean_over_the_calls():
    now, seen = [0.0], []

    def work(a, b):
        seen.append((a, b))
        now[0] += a

    assert milliseconds_each(work, [(1.0, "x"), (3.0, "y")], clock=lambda: now[0]) == pytest.approx(2000.0)
    assert seen == [(1.0, "x"), (3.0, "y")]


def test_nothing_to_time():
    with pytest.raises(ValueError, match="Received no arguments; expected at least one call to time"):
        milliseconds_each(abs, [])
