"""atolye lab: listing, copying, a wrong number; the labs themselves are run by tests/labs."""

from typer.testing import CliRunner

from atolye.cli import app

run = CliRunner().invoke


def test_labs_are_listed():
    result = run(app, ["lab"])
    assert result.exit_code == 0
    assert result.stdout.startswith("1.1  ")


def test_a_lab_is_copied_with_its_texts(tmp_path):
    result = run(app, ["lab", "1.1", "--copy", str(tmp_path)])
    assert result.exit_code == 0, result.output
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"uygulama_01_keras_sequential.py", "uygulama_01_keras_sequential.toml"}


def test_a_wrong_number_is_one_line():
    result = run(app, ["lab", "9.9"])
    assert result.exit_code == 2
    assert "9.9" in result.stderr and "1.1" in result.stderr
