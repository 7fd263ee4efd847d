"""A second stage that is not much slower than the first."""

import pytest

from atolye.doctor import stage_rates_too_close


@pytest.mark.parametrize("rates", [[1e-3], [1e-3, 1e-4], [3e-3, 3e-4], [1e-2, 1e-5]])
def test_fine(rates):
    assert stage_rates_too_close(rates) is None


@pytest.mark.parametrize(("last", "times"), [(1e-3, "1"), (2e-4, "5"), (1.01e-4, "9.9"), (1e-2, "0.1")])
def test_found_and_only_a_warning(last, times):
    finding = stage_rates_too_close([1e-3, last])
    assert finding.cause.endswith(f"for the last stage, {times} times under head_learning_rate=0.001")
    assert finding.level == "warning"
    assert finding.fix == "Take learning_rate=0.0001 or less"
