"""atolye study."""

import json

import pytest
from typer.testing import CliRunner

import atolye.study.trial
from atolye.cli import app

run = CliRunner().invoke
TEXT = """
seeds = [0, 1]
[base]
data = "digits"
[variants.plain]
[variants.wide]
widths = [64]
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A study's file; its trials answer at once, since tests/study/test_study.py trains real ones."""

    def answer(trial):
        if trial.settings["epochs"] == 7:
            raise ArithmeticError("seven")
        if trial.settings["epochs"] == 8 and trial.seed:
            raise KeyboardInterrupt
        width = (trial.settings["widths"] or [8])[0]
        figures = {"parameters": width, "flops": 81_162_240 * width, "seconds": 2.0}
        return {"val_accuracy": 0.5 + 0.01 * trial.seed + 0.001 * width} | figures

    monkeypatch.setattr(atolye.study.trial.Trial, "_train", answer)
    path = tmp_path / "width.toml"
    path.write_text(TEXT)
    return path


def test_table_page_and_json(file, tmp_path):
    result = run(app, ["study", str(file), "--out", str(tmp_path / "out")], env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    assert "wide-seed1: val_accuracy 0.574" in result.stderr and "3 left, about" in result.stderr
    assert "width: val_accuracy with its 95 % interval, against plain" in result.stdout
    assert "plain 2 0.513 ± 0.064 - - 8 649 M 2 wide 2 0.569 ± 0.064 0.056 ± 0 0 64" in " ".join(result.stdout.split())
    assert str(tmp_path / "out" / "report.html") in result.stdout.replace("\n", "")
    assert "…" not in result.stdout and max(map(len, result.stdout.splitlines()[:-1])) <= 80
    again = run(app, ["study", str(file), "--out", str(tmp_path / "out"), "--json"])
    content = json.loads(again.stdout)
    assert content["table"]["wide"]["gain"] == pytest.approx(0.056)
    assert content["table"]["plain"]["gain"] is None
    assert (content["metric"], content["baseline"], content["failed"]) == ("val_accuracy", "plain", {})


def test_a_failed_trial_is_exit_1(file, tmp_path):
    file.write_text(TEXT + "[variants.bad]\nepochs = 7\n")
    result = run(app, ["study", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "failed: bad-seed0: ArithmeticError: seven" in result.stderr
    assert (tmp_path / "out" / "report.html").exists()
    file.write_text(TEXT.replace('"digits"', '"digits"\nepochs = 7'))
    none = run(app, ["study", str(file), "--out", str(tmp_path / "none")])
    assert none.exit_code == 1
    assert "error: all 4 trials failed, the first with: ArithmeticError: seven" in none.stderr


def test_an_interrupted_study_says_how_to_go_on(file, tmp_path):
    file.write_text(TEXT + "epochs = 8\n")
    result = run(app, ["study", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 130
    assert f"interrupted; go on with: atolye study {file}" in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("widths", "width", "variant 'wide': unknown recipe key 'width'. Did you mean 'widths'?"),
        ("variants.wide", "variants.plain", "Two variants cannot have one name."),
        (
            "widths = [64]",
            'model = "resnet21"',
            "variant 'wide': recipe key 'model': unknown model 'resnet21'. Did you",
        ),
        ("widths = [64]", "dropout = -0.5", "variant 'wide': recipe key 'dropout': input should be greater than or"),
        ("variants.wide", "variants.PLAIN", "variants 'plain' and 'PLAIN' would share the folder 'plain'. Rename one."),
        ("[0, 1]", "[]", "the study has no seeds"),
        ("[0, 1]", '[0, 1]\nbaseline = "plan"', "the baseline 'plan' is no variant. Did you mean 'plain'?"),
        ("seeds", "seed", "unknown key 'seed'. Did you mean 'seeds'?"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(file, tmp_path, old, new, message):
    file.write_text(TEXT.replace(old, new))
    result = run(app, ["study", str(file), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_another_definition_is_refused(file, tmp_path):
    arguments = ["study", str(file), "--out", str(tmp_path / "out")]
    assert run(app, arguments).exit_code == 0
    file.write_text(TEXT.replace("64", "32"))
    result = run(app, arguments)
    assert result.exit_code == 2
    assert "was made from another definition: its variant 'wide' differs" in result.stderr
    assert run(app, [*arguments, "--workers", "0"]).exit_code == 2
