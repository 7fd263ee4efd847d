"""The speedrun's bare loop: its sizes by hand, a training of a few images, and what the command refuses."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from atolye.data import load_dataset

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def speedrun(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import speedrun

    return speedrun


@pytest.fixture
def small(speedrun):
    """Return a run that takes a second: 60 images in 3 batches, 4 epochs."""
    return replace(speedrun.RUNS[85], widths=(8, 8), epochs=4, sizes={0: 8, 3: 12}, batch_size=20, precision="float32")


def test_an_epoch_that_leaves_images_out_has_smaller_batches_not_fewer(speedrun, small):
    whole = [speedrun.batch_size(small, 65, epoch) for epoch in range(4)]
    assert whole == [20, 20, 20, 20]
    pruned = replace(small, prune=0.3)  # the third epoch: 65 - 20 of 65 images, in 3 batches
    assert [speedrun.batch_size(pruned, 65, epoch) for epoch in range(4)] == [20, 20, 15, 20]


def test_the_arithmetic_by_hand(speedrun, small):
    """12 pixels: 11 x 11 behind the whitening, 5 x 5 behind the pooling, 2 x 2 behind the next."""
    run = replace(small, epochs=1, sizes={0: 12})
    multiplies = 11**2 * 9 * 24 * 8 + 5**2 * 9 * 8 * 8 + 5**2 * 9 * 8 * 8 + 2**2 * 9 * 8 * 8
    assert speedrun.teraflop(run, 65) == pytest.approx(3 * 2 * multiplies * 60 / 1e12, rel=1e-12)


def test_batches_are_those_of_their_order(speedrun, small):
    """Images of one colour each stay that, whatever is mirrored, moved or made smaller."""
    images = np.broadcast_to(np.arange(60, dtype="uint8")[:, None, None, None], (60, 12, 12, 3))
    order = np.random.default_rng(0).permutation(60)
    made = [*speedrun.batches(small, images, np.arange(60), order, 0)]
    assert [pixels.shape for pixels, _ in made] == [(20, 8, 8, 3)] * 3
    np.testing.assert_array_equal(np.concatenate([classes for _, classes in made]), order)
    for pixels, classes in made:
        np.testing.assert_array_equal(pixels, np.broadcast_to(classes[:, None, None, None], pixels.shape))


@pytest.mark.parametrize("prune", [0.0, 0.3])
@pytest.mark.parametrize("optimizer", ["muon", "adam"])
def test_it_trains_and_repeats_itself(speedrun, small, optimizer, prune):
    labels = np.arange(60) % 3
    noise = np.random.default_rng(0).integers(0, 100, (60, 12, 12, 3))
    images = (noise + 100 * np.eye(3, dtype="int64")[labels][:, None, None]).astype("uint8")  # a colour a class
    rate = 0.12 if optimizer == "muon" else 0.01
    run = replace(small, optimizer=optimizer, learning_rate=rate, prune=prune, epochs=16)
    model, seconds = speedrun.train(run, images, labels)
    figures = speedrun.judge(model, images, labels)
    assert figures["accuracy"] > 0.6 and figures["accuracy_views"] > 0.6  # by chance a third
    assert set(seconds) == {"compile_seconds", "seconds"}
    again, _ = speedrun.train(run, images, labels)
    for first, second in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"seed": 3}', '--set: received {"seed": 3}; expected a JSON object of some of widths, epochs, sizes'),
        ('{"epoch": 3}', '--set: received {"epoch": 3}; expected a JSON object of some of widths, epochs, sizes'),
        ('{"sizes": [24]}', '--set: received {"sizes": [24]}; expected a JSON object of some of widths, epochs, sizes'),
        ("[1]", "--set: received [1]; expected a JSON object of some of widths, epochs, sizes"),
        ("{epochs: 3}", "argument --set: invalid loads value: '{epochs: 3}'"),
    ],
)
def test_settings_that_there_are_not(speedrun, monkeypatch, capsys, given, told):
    monkeypatch.setattr(sys, "argv", ["speedrun.py", "85", "--set", given])
    with pytest.raises(SystemExit):
        speedrun.main()
    assert told in capsys.readouterr().err


def test_the_command_prints_settings_and_figures(speedrun, monkeypatch, capsys, small):
    shapes = load_dataset("shapes", max_examples=90, validation_fraction=0.1)
    monkeypatch.setattr(speedrun, "load_dataset", lambda *arguments, **options: shapes)
    settings = {"widths": [8, 8], "batch_size": 20, "epochs": 2, "sizes": {"0": 12, "1": 16}, "precision": "float32"}
    monkeypatch.setattr(sys, "argv", ["speedrun.py", "85", "--set", json.dumps(settings)])
    speedrun.main()
    run, figures = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert run["sizes"] == {"0": 12, "1": 16} and run["test"] is False
    assert 0 <= figures["accuracy"] <= 1 and figures["seconds"] >= 0 and "gflop_per_second" in figures


def test_one_readable_file():
    assert len((BENCHMARKS / "speedrun.py").read_text(encoding="utf-8").splitlines()) <= 200
