"""atolye data."""

import shutil

from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke


def test_a_folder_is_summed_up_and_its_problems_named(photo_folder, tmp_path):
    shutil.copytree(photo_folder, tmp_path / "photos")
    (tmp_path / "photos" / "mavi" / "empty.png").write_bytes(b"")
    picture = tmp_path / "samples.png"
    result = run(app, ["data", str(tmp_path / "photos"), "--samples", str(picture)], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "kırmızı" in result.stdout
    assert "1 left out" in result.stdout and "empty.png" in result.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_table_shows_its_columns():
    result = run(app, ["data", "breast_cancer"], env={"COLUMNS": "200"})
    assert "mean radius" in result.stdout and "numeric" in result.stdout


def test_a_missing_path_is_one_line(tmp_path):
    result = run(app, ["data", str(tmp_path / "absent")])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
