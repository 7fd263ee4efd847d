import numpy as np
import pytest
from scipy.stats import binomtest

from atolye.evaluate import accuracy_interval, bootstrap_interval, wilson_interval


@pytest.mark.parametrize(("successes", "total"), [(95, 100), (0, 12), (12, 12), (1, 3)])
def test_wilson_equals_scipy(successes: int, total: int) -> None:
    expected = binomtest(successes, total).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes, total) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_accuracy_interval_counts_the_right_ones() -> None:
    assert accuracy_interval([0, 1, 2], [0, 1, 1]) == wilson_interval(2, 3)


def test_bootstrap_of_a_mean_is_near_the_normal_interval() -> None:
    values = np.random.default_rng(1).normal(10.0, 2.0, 400)
    low, high = bootstrap_interval(np.mean, values)
    assert (low, high) == pytest.approx((values.mean() - 0.196, values.mean() + 0.196), abs=0.03)
    assert bootstrap_interval(np.mean, values) == (low, high)


def test_bootstrap_resamples_arrays_together() -> None:
    values = np.arange(20.0)
    assert bootstrap_interval(lambda a, b: float(np.abs(a - b).sum()), values, values) == (0.0, 0.0)


def test_bootstrap_leaves_out_what_is_not_a_number() -> None:
    assert bootstrap_interval(lambda a: 1.0 if a[0] == 1 else float("nan"), [0, 1]) == (1.0, 1.0)
    assert np.isnan(bootstrap_interval(lambda a: float("nan"), [0, 1])).all()


def test_out_of_range() -> None:
    with pytest.raises(ValueError, match="Received 3 of 2; expected 0 <= successes <= total"):
        wilson_interval(3, 2)
    with pytest.raises(ValueError, match="Received confidence=95; expected a number between 0 and 1"):
        wilson_interval(1, 2, confidence=95)
    with pytest.raises(ValueError, match=r"Received arrays of lengths \[1, 2\]"):
        bootstrap_interval(np.mean, [1], [1, 2])
