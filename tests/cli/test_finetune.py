"""atolye finetune."""

import logging

import pytest
from typer.testing import CliRunner

from atolye.cli import app
from atolye.runs import Run

run = CliRunner().invoke
SMALL = ["digits", "--image-size", "32", "--strategy", "feature_extraction", "--epochs", "2", "--precision", "float32"]


@pytest.fixture(autouse=True)
def _messages():
    """Leave the logger as it was."""
    logger = logging.getLogger("atolye.transfer")
    before = (logger.level, logger.propagate, list(logger.handlers))
    yield
    logger.level, logger.propagate, logger.handlers = before


def test_show_recipe_prints_toml_and_trains_nothing(tmp_path):
    options = ["--lr", "1e-5", "--no-cache", "--set", "layer_decay=0.8", "--show-recipe", "--runs-dir", str(tmp_path)]
    text = run(app, ["finetune", "photos/", *options]).stdout
    assert "learning_rate = 1e-05" in text and "cache = false" in text and "layer_decay = 0.8" in text
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_fine_tuning_goes_on(tmp_path, monkeypatch):
    import keras

    import atolye.transfer

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    real = atolye.transfer.fine_tune
    monkeypatch.setattr(atolye.transfer, "fine_tune", lambda *a, **k: real(*a, callbacks=[Interrupt()], **k))
    options = ["--runs-dir", str(tmp_path)]
    broken = run(app, ["finetune", *SMALL, "--set", "max_examples=60", "--name", "parts", *options])
    assert broken.exit_code == 130, broken.output
    assert "Stage head: the head, augment none; at most" in broken.stderr
    assert "Stage head: what is frozen is computed once for 329 images and kept on disk, 0.8 MB" in broken.stderr
    assert "go on with: atolye finetune --resume parts" in broken.stderr
    monkeypatch.undo()
    wrong = run(app, ["train", "--resume", "parts", *options])
    assert wrong.exit_code == 2
    assert "parts was begun by atolye finetune. Go on with: atolye finetune --resume parts" in wrong.stderr
    resumed = run(app, ["finetune", "--resume", "parts", *options])
    assert resumed.exit_code == 0, resumed.output
    assert str(tmp_path / "parts" / "report.html") in resumed.output
    assert Run(tmp_path / "parts").history["stage"].tolist() == ["head", "head"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent/"], "absent"),
        ([], "recipe key 'data' is missing"),
        (["digits", "--strategy", "two-stage"], "recipe key 'strategy': input should be 'feature_extraction',"),
        (["digits", "--image-size", "16"], "recipe key 'image_size': input should be greater than or equal to 32"),
        (["digits", "--blocks", "0"], "recipe key 'blocks': input should be greater than or equal to 1"),
        (["digits", "--blocks", "18", "--image-size", "32", "--weights", "random"], "expected 1 to 17"),
        (["digits", "--strategy", "full", "--blocks", "2"], "recipe key 'blocks' is for strategy 'partial'"),
        (["digits", "--backbone", "vgg61"], "Received backbone 'vgg61'; expected one of vgg16"),
        (["digits", "--weights", "absent.h5"], "Received weights='absent.h5'; expected 'imagenet'"),
        (["breast_cancer"], "fine-tuning needs labelled images; received the table 'breast_cancer'"),
        (["--resume", "absent"], "no unfinished run named 'absent'"),
        (["digits", "--resume", "absent"], "--resume takes the recipe of the unfinished run"),
        (["digits", "--budget", "five"], "a duration must look like 90s, 5m or 1h30m; received 'five'"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(arguments, message, tmp_path):
    result = run(app, ["finetune", *arguments, "--runs-dir", str(tmp_path / "runs")])
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.*"))


def test_a_weights_file_that_runs_code_is_refused(tmp_path):
    import pickle

    class Runs:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps({"weight": Runs()}))
    result = run(app, ["finetune", "digits", "--weights", str(path), "--runs-dir", str(tmp_path / "runs")])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert str(path) in result.stderr
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("other.weights.h5", "another architecture"),
        ("truncated.weights.h5", "half a file"),
        ("truncated.pth", "no archive at all"),
    ],
)
def test_a_weights_file_that_does_not_fit_is_named(name, content, tmp_path):
    import keras

    path = tmp_path / name
    keras.Sequential([keras.Input((8,)), keras.layers.Dense(64)]).save_weights(tmp_path / "other.weights.h5")
    if content != "another architecture":
        path.write_bytes((tmp_path / "other.weights.h5").read_bytes()[:1000])
    result = run(app, ["finetune", "digits", "--weights", str(path), "--image-size", "32", "--runs-dir", str(tmp_path)])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1, result.output
    assert str(path) in result.stderr and "expected a" in result.stderr
    assert not (tmp_path / "digits").exists()
