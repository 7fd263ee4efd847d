"""Shared options."""

from typer.testing import CliRunner

from atolye.cli import app
from atolye.cli.options import Lang


def test_languages():
    assert [str(lang) for lang in Lang] == ["en", "tr"]
    result = CliRunner().invoke(app, ["demo", "--lang", "de"])
    assert result.exit_code == 2
    assert "'en', 'tr'" in result.stderr.replace("\n", "")
