"""One trial and its record."""

import json
import random
import sys

import numpy as np
import pytest

from atolye.study.trial import Trial, run_figures


def trial(tmp_path, function, **settings):
    return Trial("a", 0, settings, tmp_path / "a-seed0", function)


def test_numpy_numbers_and_lists_are_kept(tmp_path):
    done = trial(tmp_path, lambda settings, seed: {"x": np.float32(0.5), "y": np.arange(2), "ok": True})
    assert done.read() is None and not done.done
    done.run()
    figures = done.read()["figures"]
    assert (figures["x"], figures["y"], figures["ok"]) == (0.5, [0, 1], 1)
    assert 0 <= figures["seconds"] < 5
    assert done.done


@pytest.mark.parametrize(
    ("returned", "error"),
    [
        ({"x": object(), "y": 1}, "TypeError: Object of type object is not JSON serializable"),
        ({"x": "word"}, "ValueError: the trial returned no figure; received ['x'], expected numbers by name"),
        (None, "AttributeError: 'NoneType' object has no attribute 'items'"),
    ],
)
def test_what_is_no_result_is_a_failure(tmp_path, returned, error):
    failed = trial(tmp_path, lambda settings, seed: returned)
    failed.run()
    assert failed.read()["error"] == error
    assert not failed.done


def test_everything_random_is_seeded_and_settings_are_a_copy(tmp_path, monkeypatch):
    def draws(settings, seed):
        settings["width"] = 0
        return {"python": random.random(), "numpy": np.random.rand()}

    for modules in (None, "keras"):
        if modules is None:
            monkeypatch.delitem(sys.modules, "keras", raising=False)
        elif "keras" not in sys.modules:
            continue
        first = trial(tmp_path, draws, width=3)
        first.run()
        again = trial(tmp_path, draws, width=3)
        again.run()
        assert first.read()["figures"]["python"] == random.Random(0).random()
        assert again.read()["figures"]["numpy"] == np.random.RandomState(0).rand()
        assert first.settings == {"width": 3}
        monkeypatch.undo()


def test_a_damaged_record_is_named(tmp_path):
    broken = trial(tmp_path, None)
    broken.path.mkdir()
    (broken.path / "trial.json").write_text("{")
    with pytest.raises(ValueError, match="trial.json is damaged .* Remove it and start the study again"):
        broken.read()


def test_figures_of_a_training():
    info = {
        "metrics": {"validation": {"accuracy": 0.9}, "test": {"accuracy": 0.8}},
        "epochs_run": 3,
        "model": {"parameters": 10, "flops": 20},
        "seconds": {"train": 1.5},
    }
    assert json.loads(json.dumps(run_figures(info))) == {
        "val_accuracy": 0.9,
        "test_accuracy": 0.8,
        "epochs": 3,
        "parameters": 10,
        "flops": 20,
        "seconds": 1.5,
    }
