"""atolye train."""

import pytest
from typer.testing import CliRunner

from atolye.cli import app
from atolye.cli.train import parse_settings, seconds

run = CliRunner().invoke


@pytest.mark.parametrize(("text", "expected"), [("90", 90), ("90s", 90), ("5m", 300), ("1.5h", 5400)])
def test_a_budget_is_a_time(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "m", "five", "-1m", "0", "nan"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="--budget must be a time above zero such as 90s, 5m or 1h"):
        seconds(text)


def test_settings_are_read_as_toml_and_as_words():
    assert parse_settings(["dropout=0.3", "widths=[8, 16]", "class_weight=balanced", "resize='pad'"]) == {
        "dropout": 0.3,
        "widths": [8, 16],
        "class_weight": "balanced",
        "resize": "pad",
    }
    with pytest.raises(ValueError, match="--set takes key=value; received 'dropout'"):
        parse_settings(["dropout"])


def test_a_training_from_the_command_line(tmp_path):
    arguments = ["train", "digits", "--model", "mlp", "--epochs", "1", "--name", "first", "--runs-dir", str(tmp_path)]
    result = run(app, [*arguments, "--set", "max_examples=100", "--precision", "float32"])
    assert result.exit_code == 0, result.output
    assert "accuracy" in result.output
    assert str(tmp_path / "first" / "report.html") in result.output
    again = run(app, arguments)
    assert again.exit_code == 2
    assert "first exists already" in again.stderr


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
        (["digits", "--recipe", "absent.toml"], "no recipe at absent.toml"),
        (["digits", "--name", "a/b"], "a/b"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(arguments, message, tmp_path):
    result = run(app, ["train", *arguments, "--runs-dir", str(tmp_path / "runs")])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*.*"))
