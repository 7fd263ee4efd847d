"""atolye compare."""

import json
import shutil

from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke


def test_recipes_first_then_numbers(table_run, tmp_path):
    shutil.copytree(table_run.path, tmp_path / "one")
    shutil.copytree(table_run.path, tmp_path / "other")
    recipe = tmp_path / "other" / "recipe.toml"
    recipe.write_text(recipe.read_text(encoding="utf-8").replace("widths = [16]", "widths = [99]"), encoding="utf-8")
    arguments = ["compare", "one", "other", "--runs-dir", str(tmp_path)]
    shown = run(app, arguments, env={"COLUMNS": "120"})
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.index("[99]") < shown.stdout.index("test_accuracy")
    assert "epochs = " not in shown.stdout and "learning_rate" not in shown.stdout
    assert "│ parameters │ 577 │ 577 │" in " ".join(shown.stdout.split())
    assert "│ flops │ 992 │ 992 │" in " ".join(shown.stdout.split())
    content = json.loads(run(app, [*arguments, "--json"]).stdout)
    assert content["recipe"] == {"widths": {"one": [16], "other": [99]}}
    assert content["figures"]["one"]["test_accuracy"] == table_run.metrics["accuracy"]
    assert content["figures"]["one"]["flops"] == 2 * (30 * 16 + 16)
    assert content["same_data"] is True


def test_mistakes_are_one_line(table_run, runs_dir):
    absent = run(app, ["compare", "table", "tabel", "--runs-dir", str(runs_dir)])
    assert absent.exit_code == 2 and "no run named 'tabel'" in absent.stderr and "'table'" in absent.stderr
    once = run(app, ["compare", "table", "table", "--runs-dir", str(runs_dir)])
    assert once.exit_code == 2 and "compare needs two different runs or more; received 1" in once.stderr
    assert once.stderr.count("\n") == 1
