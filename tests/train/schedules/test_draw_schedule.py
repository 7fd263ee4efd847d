"""Pictures of schedules hold the schedules' values."""

import keras
import pytest

from atolye.train.schedules import OneCycle, draw_schedule, make_schedule, schedule_values


def test_draw_several_on_one_axis():
    figure = draw_schedule({"a": OneCycle(0.1, 5000), "b": 0.01, "c": make_schedule("warmup_cosine", 0.1, 100)}, 5000)
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == ["a", "b", "c"]
    assert lines[0].get_xdata()[-1] == 4999
    assert max(lines[0].get_ydata()) == pytest.approx(0.1, rel=1e-3)


def test_draw_one_takes_its_name():
    figure = draw_schedule(keras.optimizers.schedules.CosineDecay(0.1, 10), 10, log_scale=True)
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "CosineDecay"


def test_refuses_no_steps():
    with pytest.raises(ValueError, match="Received steps=0; expected at least 1 update"):
        schedule_values(0.1, 0)
