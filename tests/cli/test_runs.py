"""atolye runs list, show, rm."""

import shutil

from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke


def test_list_and_show(photo_run, table_run, runs_dir):
    listed = run(app, ["runs", "list", "--runs-dir", str(runs_dir)], env={"COLUMNS": "200"})
    assert "photos" in listed.stdout and "table" in listed.stdout
    shown = run(app, ["runs", "show", "photos", "--runs-dir", str(runs_dir)], env={"COLUMNS": "200"})
    assert "batch_size = 16" in shown.stdout
    assert "model.keras" in shown.stdout


def test_no_runs_say_how_to_make_one(tmp_path):
    assert "Make one with: atolye demo" in run(app, ["runs", "list", "--runs-dir", str(tmp_path)]).stdout


def test_rm_asks_and_removes(photo_run, tmp_path):
    shutil.copytree(photo_run.path, tmp_path / "copy")
    options = ["--runs-dir", str(tmp_path)]
    assert run(app, ["runs", "rm", "copy", *options], input="n\n").exit_code == 1
    assert (tmp_path / "copy").exists()
    assert run(app, ["runs", "rm", "copy", "--yes", *options]).exit_code == 0
    assert list(tmp_path.iterdir()) == []
    gone = run(app, ["runs", "rm", "copy", *options])
    assert gone.exit_code == 2
    assert "no run named 'copy'" in gone.stderr
