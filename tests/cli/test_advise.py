"""atolye advise."""

import json

import pytest
from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke
FAST = ["--backbone", "efficientnet-lite0", "--backbone", "vgg16"]


@pytest.fixture(autouse=True)
def known_speeds(monkeypatch, tmp_path):
    from atolye.transfer import backbone_speed
    from atolye.transfer.backbone_speed import Speed

    monkeypatch.setenv("ATOLYE_CACHE_DIR", str(tmp_path))
    speeds = {"efficientnet-lite0": Speed(3.5, 400.0, 141_027_264), "vgg16": Speed(90.0, 25.0, 5_637_537_792)}
    monkeypatch.setattr(backbone_speed, "_measure", lambda name, size: speeds[name])


def test_a_folder_is_counted_and_the_next_command_named(photo_folder):
    result = run(app, ["advise", str(photo_folder), "--similarity", "high", "--budget", "10m", *FAST])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(
        "efficientnet-lite0, feature_extraction\n- 66 examples of 3 classes (few), likeness"
    )
    lite = next(line for line in result.stdout.splitlines() if line.startswith(" efficientnet-lite0 "))
    assert lite.split() == "efficientnet-lite0 3.41 M 141 M 75.1% 224 3.5 400 0.5 yes".split()
    assert "…" not in result.stdout and "download" in result.stdout
    assert f"next: atolye finetune {photo_folder} --backbone efficientnet-lite0 --strategy" in result.stdout
    assert max(map(len, result.stdout.splitlines()[:-1])) <= 80


def test_json():
    result = run(app, ["advise", "--examples", "5000", "--classes", "5", "--no-measure", "--json", *FAST])
    found = json.loads(result.stdout)
    assert (found["strategy"], found["blocks"], found["estimated_minutes"]) == ("two_stage", 4, None)
    assert [row["backbone"] for row in found["table"]] == ["efficientnet-lite0", "vgg16"]
    assert found["table"][0]["minutes"] is None and found["table"][0]["weights_here"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "error: Give DATA to count, or --examples; received neither. Example: atolye advise photos/"),
        (["digits", "--examples", "5"], "error: Give DATA to count, or --examples; received both."),
        (["breast_cancer"], "error: breast_cancer is a table for classification; expected images of classes."),
        (["--examples", "0"], "error: Received num_examples=0; expected 1 or more."),
        (["--examples", "9", "--similarity", "same"], "error: Received similarity='same'; expected 'high'"),
        (["--examples", "9", "--backbone", "vgg"], "error: Received backbone 'vgg'; expected vgg16, vgg19,"),
        (["--examples", "9", "--budget", "soon"], "error: a duration must look like 90s, 5m or 1h30m;"),
        (["--examples", "9", "--image-size", "16"], "error: Received image_size=16; expected 32 or more"),
    ],
)
def test_mistakes_are_one_line(arguments, message):
    result = run(app, ["advise", *arguments])
    assert result.exit_code == 2
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1
