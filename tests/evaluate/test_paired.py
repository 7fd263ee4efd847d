import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_rel

from atolye.evaluate.paired import compare_paired

SCORES, BASELINE = [0.95, 0.93, 0.96, 0.94, 0.97], [0.94, 0.935, 0.94, 0.93, 0.95]


def test_against_scipy_and_by_hand():
    found = compare_paired(SCORES, BASELINE)
    gains = np.subtract(SCORES, BASELINE)  # 0.01, -0.005, 0.02, 0.01, 0.02: mean 0.011
    assert found.gain == pytest.approx(0.011)
    assert found.spread == pytest.approx(np.sqrt(np.sum((gains - 0.011) ** 2) / 4))
    assert found.p_value == pytest.approx(ttest_rel(SCORES, BASELINE).pvalue)
    interval = ttest_1samp(gains, 0.0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.count == 5


def test_the_order_of_the_pairs_matters():
    assert compare_paired(SCORES, BASELINE[::-1]).p_value != pytest.approx(compare_paired(SCORES, BASELINE).p_value)


def test_no_spread():
    assert np.isnan(compare_paired([0.5, 0.6], [0.5, 0.6]).p_value)
    assert compare_paired([2.0, 3.0], [1.0, 2.0]).p_value == 0.0


def test_bad_lengths():
    with pytest.raises(ValueError, match="Received 1 and 1 scores; expected as many of both, 2 or more"):
        compare_paired([0.5], [0.4])
    with pytest.raises(ValueError, match="Received 2 and 3 scores"):
        compare_paired([0.5, 0.6], [0.4, 0.5, 0.6])
