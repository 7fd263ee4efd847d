"""atolye train."""

import pytest
from typer.testing import CliRunner

from atolye.cli import app
from atolye.cli.train import parse_columns
from atolye.runs import Run

run = CliRunner().invoke


def test_column_kinds_are_pairs():
    assert parse_columns(["il=kodu=categorical", "yaş=numeric"]) == {"il=kodu": "categorical", "yaş": "numeric"}
    assert parse_columns(None) is None
    with pytest.raises(ValueError, match="--column takes NAME=KIND; received 'age'"):
        parse_columns(["age"])


def test_show_recipe_prints_toml_and_trains_nothing(tmp_path):
    result = run(app, ["train", "digits", "--epochs", "3", "--show-recipe", "--runs-dir", str(tmp_path)])
    assert "epochs = 3" in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent/"], "absent"),
        ([], "recipe key 'data' is missing"),
        (["digits", "--set", "epoch=3"], "unknown recipe key 'epoch'. Did you mean 'epochs'?"),
        (["digits", "--epochs", "0"], "recipe key 'epochs': input should be greater than or equal to 1; received 0"),
        (["digits", "--model", "resnet21"], "recipe key 'model': unknown model 'resnet21'. Did you mean 'resnet20'?"),
        (["digits", "--model", "resnet18"], "Received images of 8 x 8 pixels; expected at least 33 x 33"),
        (
            ["digits", "--model", "vgg_small", "--set", "widths=[4, 4, 4, 4]"],
            "Received images of 8 x 8 pixels; expected",
        ),
        (
            ["digits", "--model", "se_resnet20", "--set", "widths=[8, 8, 8]"],
            "Received ratio=16 for 8 channels; expected",
        ),
        (["breast_cancer", "--model", "preact_resnet20"], "model 'preact_resnet20' needs images; received the table"),
        (["digits", "--set", "dropout=-0.1"], "recipe key 'dropout': input should be greater than or equal to 0;"),
        (["digits", "--recipe", "absent.toml"], "no recipe at absent.toml"),
        (["digits", "--name", "a/b"], "a/b"),
        (["digits", "--augment", "ligth"], "recipe key 'augment': input should be 'none', 'light', 'medium'"),
        (
            ["digits", "--mix", "mix_up", "--set", "mix_alpha=0"],
            "recipe key 'mix_alpha': input should be greater than 0",
        ),
        (["digits", "--budget", "five"], "a duration must look like 90s, 5m or 1h30m; received 'five'"),
        (["--resume", "absent"], "no unfinished run named 'absent'"),
        (["digits", "--resume", "absent"], "--resume takes the recipe of the unfinished run"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(arguments, message, tmp_path):
    result = run(app, ["train", *arguments, "--runs-dir", str(tmp_path / "runs")])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.*"))


def test_a_training_from_the_command_line_and_one_that_is_interrupted(tmp_path, monkeypatch):
    import keras

    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    settings = ["--model", "mlp", "--epochs", "4", "--precision", "float32", "--set", "max_examples=100"]
    options = ["--runs-dir", str(tmp_path)]
    whole = run(app, ["train", "digits", *settings, "--name", "whole", *options])
    assert whole.exit_code == 0, whole.output
    assert "accuracy" in whole.output and str(tmp_path / "whole" / "report.html") in whole.output
    again = run(app, ["train", "digits", *settings, "--name", "whole", *options])
    assert again.exit_code == 2 and "whole exists already" in again.stderr

    import atolye.train

    real = atolye.train.train
    monkeypatch.setattr(atolye.train, "train", lambda *a, **k: real(*a, callbacks=[Interrupt()], **k))
    broken = run(app, ["train", "digits", *settings, "--name", "parts", *options])
    assert broken.exit_code == 130
    assert "go on with: atolye train --resume parts" in broken.stderr
    monkeypatch.undo()
    assert "unfinished: parts" in run(app, ["runs", "list", *options]).stdout
    resumed = run(app, ["train", "--resume", "parts", *options])
    assert resumed.exit_code == 0, resumed.output

    one, other = Run(tmp_path / "whole"), Run(tmp_path / "parts")
    assert one.history.drop(columns="seconds").equals(other.history.drop(columns="seconds"))
    assert one.predictions.equals(other.predictions)
    assert {path.name for path in one.path.iterdir()} == {path.name for path in other.path.iterdir()}
