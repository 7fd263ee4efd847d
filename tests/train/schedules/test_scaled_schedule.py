import pytest

from atolye.train.schedules import OneCycle, PerUpdate, ScaledSchedule

ONE = OneCycle(1.0, 10, warmup_fraction=0.4, initial_divisor=5.0, final_divisor=1000.0, anneal="linear")


def test_values(check_schedule):
    check_schedule(ScaledSchedule(ONE, 0.5), {0: 0.1, 2: 0.3, 4: 0.5, 10: 0.0005})


def test_accumulation_inside():
    assert float(ScaledSchedule(PerUpdate(ONE, 2), 3)(9)) == pytest.approx(3.0)


@pytest.mark.parametrize("factor", [0, -1, float("inf"), float("nan")])
def test_refuses(factor):
    with pytest.raises(ValueError, match=f"^Received factor={factor}; expected a number above 0"):
        ScaledSchedule(ONE, factor)
