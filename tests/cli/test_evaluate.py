"""atolye evaluate."""

import json

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

from atolye.cli import app
from atolye.data import load_dataset

run = CliRunner().invoke


def test_the_runs_own_figures(photo_run, runs_dir):
    result = run(app, ["evaluate", "photos", "--runs-dir", str(runs_dir)])
    assert result.exit_code == 0, result.output
    assert "accuracy" in result.stdout and "kırmızı" in result.stdout


def test_figures_on_other_data(photo_run, photo_folder, runs_dir):
    result = run(app, ["evaluate", "photos", str(photo_folder), "--runs-dir", str(runs_dir), "--json"])
    figures = json.loads(result.stdout)
    assert figures["num_examples"] == 90
    assert figures["accuracy"] > 0.95
    alone = run(
        app, ["evaluate", "photos", str(photo_folder), "--split", "test", "--runs-dir", str(runs_dir), "--json"]
    )
    # The folder is split as it was for the training: its test split is the run's.
    assert json.loads(alone.stdout)["log_loss"] == pytest.approx(photo_run.metrics["log_loss"], abs=1e-6)


def test_views_are_averaged(photo_run, photo_folder, runs_dir):
    def log_loss(*views):
        result = run(app, ["evaluate", "photos", str(photo_folder), *views, "--runs-dir", str(runs_dir), "--json"])
        return json.loads(result.stdout)["log_loss"]

    assert log_loss() == log_loss("--views", "none")  # as the run was judged
    inputs = load_dataset(str(photo_folder), image_size=photo_run.recipe["image_size"]).splits
    everything = np.concatenate([part.inputs for part in inputs.values()])
    targets = np.concatenate([part.targets for part in inputs.values()])
    model = keras.saving.load_model(photo_run.model_path)
    seen_twice = (model.predict(everything, verbose=0) + model.predict(everything[:, :, ::-1], verbose=0)) / 2
    expected = -np.log(seen_twice[np.arange(len(targets)), targets]).mean()
    assert log_loss("--views", "flip") == pytest.approx(expected, rel=1e-4)


def test_mistakes_are_one_line(photo_run, table_run, photo_folder, runs_dir):
    cases = {
        "--views flip asks the model again; name the DATA": ["photos", "--views", "flip"],
        "Received views='flop'; expected one of 'none', 'flip', 'multi_crop'. Did you mean 'flip'?": [
            "photos",
            str(photo_folder),
            "--views",
            "flop",
        ],
        f"views='flip' is for images; run '{table_run.name}' reads table rows": [
            table_run.name,
            "breast_cancer",
            "--views",
            "flip",
        ],
        "no run named 'photo'": ["photo"],
        "the model does classification on image data; received classification on table data": [
            "photos",
            "breast_cancer",
        ],
        "split must be": ["photos", "digits", "--split", "tset"],
        "the data has classes that the model does not know": ["photos", "shapes"],
    }
    for message, arguments in cases.items():
        result = run(app, ["evaluate", *arguments, "--runs-dir", str(runs_dir)])
        assert result.exit_code == 2, result.output
        assert message in result.stderr
