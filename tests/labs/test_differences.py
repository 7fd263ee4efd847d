import pandas as pd
import pytest
from scipy import stats

from atolye.labs.differences import draw_differences, paired_difference


def test_paired_difference_is_students_interval():
    values, baseline = [0.91, 0.93, 0.92, 0.97], [0.90, 0.90, 0.93, 0.92]
    found = paired_difference(values, baseline)
    interval = stats.ttest_rel(values, baseline).confidence_interval(0.95)
    assert found["difference"] == pytest.approx(0.02)
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))


def test_equal_settings_differ_by_nothing():
    assert paired_difference([1.0, 2.0], [1.0, 2.0]) == {"difference": 0.0, "low": 0.0, "high": 0.0}


def test_what_is_no_pair_of_lists_is_refused():
    for values, baseline in (([1.0], [2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0])):
        with pytest.raises(ValueError, match=r"^Received \d and \d scores; expected as many of both, 2 or more"):
            paired_difference(values, baseline)


def test_every_frame_has_its_own_marks_and_one_line_says_no_difference():
    frame = pd.DataFrame({"name": ["a", "b"], "difference": [0.1, -0.2], "low": [0.0, -0.3], "high": [0.3, -0.1]})
    axes = draw_differences({"given": frame, "hidden": frame}, x_label="difference").axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["given", "hidden"]
    given, hidden = axes.containers
    assert given[0].get_xdata().tolist() == [0.1, -0.2]
    left, right = given[2][0].get_segments()[0]  # the interval of "a"
    assert (left[0], right[0]) == pytest.approx((0.0, 0.3))
    assert (hidden[0].get_ydata() > given[0].get_ydata()).all()  # side by side, not on top of each other
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert [line.get_xdata()[0] for line in dashed] == [0]
