"""atolye report."""

from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke


def test_the_same_files_give_the_same_page(photo_run, runs_dir):
    page = photo_run.path / "report.html"
    before = page.read_bytes()
    page.unlink()
    result = run(app, ["report", "photos", "--runs-dir", str(runs_dir)])
    assert result.exit_code == 0, result.output
    assert page.read_bytes() == before
    assert run(app, ["report", "absent", "--runs-dir", str(runs_dir)]).exit_code == 2
