"""Runs side by side."""

import json

import pytest

from atolye.runs import Run
from atolye.study import compare_runs


def make(path, recipe, accuracy, data="abc", kind="training"):
    path.mkdir()
    info = {
        "kind": kind,
        "dataset": {"hash": data},
        "metrics": {"test": {"accuracy": accuracy}},
        "epochs_run": 2,
        "model": {"parameters": 10},
        "seconds": {"train": 1.0},
    }
    (path / "run.json").write_text(json.dumps(info))
    (path / "recipe.toml").write_text(recipe)
    return Run(path)


def test_only_keys_that_differ_then_numbers(tmp_path):
    first = make(tmp_path / "a", 'data = "x"\nwidths = [8]\nepochs = 3\n', 0.5)
    second = make(tmp_path / "b", 'data = "x"\nwidths = [16]\nepochs = 3\ndropout = 0.1\n', float("nan"), data="def")
    found = compare_runs({"a": first, "b": second})
    assert found.to_dict() == {
        "same_data": False,
        "recipe": {"widths": {"a": [8], "b": [16]}, "dropout": {"a": None, "b": 0.1}},
        "figures": {
            "a": {"test_accuracy": 0.5, "epochs": 2, "parameters": 10, "seconds": 1.0},
            "b": {"test_accuracy": None, "epochs": 2, "parameters": 10, "seconds": 1.0},
        },
    }


def test_what_cannot_be_compared_is_refused(tmp_path):
    run = make(tmp_path / "a", "", 0.5)
    with pytest.raises(ValueError, match="compare needs two different runs or more; received 1"):
        compare_runs({"a": run})
    with pytest.raises(ValueError, match="b is a lab, not a training"):
        compare_runs({"a": run, "b": make(tmp_path / "b", "", 0.5, kind="lab")})
    assert compare_runs({"a": run, "again": run}).recipe.empty
