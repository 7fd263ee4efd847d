"""A lab's study goes on where it was, and starts anew when code, data or size changed."""

import numpy as np
import pytest

from atolye.labs.lab_study import lab_study, shares_by_trial

calls = []


def trial(settings, seed):
    calls.append((settings["width"], seed))
    return {"score": settings["width"] + seed + float(settings["x"].mean())}


@pytest.fixture
def made(tmp_path):
    script = tmp_path / "lab.py"
    script.write_text("first")

    def make(seeds=(0, 1), x=None):
        data = np.zeros(200) if x is None else x
        variants = {"narrow": {"width": 1}, "wide": {"width": 2}}
        return lab_study(
            "width", script=script, out=tmp_path / "out", trial=trial, variants=variants, seeds=seeds, base={"x": data}
        )

    calls.clear()
    return make, script


def test_run_again_it_does_nothing_and_says_the_same(made):
    make, _ = made
    first = make().run()
    assert len(calls) == 4
    assert make().run().equals(first) and len(calls) == 4
    assert first.loc["wide", "gain"] == 1.0
    assert make().path.parent.name == "studies" and make().path.name.startswith("width-")


def test_other_code_other_data_and_other_seeds_are_other_studies(made):
    make, script = made
    paths = {make().path, make(seeds=(0,)).path, make(x=np.ones(200)).path}
    script.write_text("second")
    paths |= {make().path}
    assert len(paths) == 4


def test_a_study_is_a_part_a_trial_and_the_sum_stays():
    parts = shares_by_trial({"data": 1, "width": 6, "end": 2}, {"width": 3})
    assert list(parts) == ["data", "width, 3 left", "width, 2 left", "width, 1 left", "end"]
    assert sum(parts.values()) == 9
