"""The command line as a whole: documented, quick to start, helpful."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from atolye.cli import app

ROOT = Path(__file__).parent.parent.parent
run = CliRunner().invoke


def commands(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


ALL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_with_an_example(name):
    assert f"Example: atolye {name}" in ALL[name].help
    assert all(parameter.help for parameter in ALL[name].params), f"an option of {name} has no help"
    result = run(app, [*name.split(), "--help"])
    assert result.exit_code == 0


def test_the_reference_is_up_to_date():
    spec = importlib.util.spec_from_file_location("generate_cli", ROOT / "docs" / "generate_cli.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run: make docs"


def test_every_command_is_in_the_reference():
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert all(f"# `atolye {name}`" in page for name in ALL)


def test_help_and_import_need_no_framework():
    code = (
        "import sys, atolye, atolye.cli, atolye.data, atolye.evaluate, atolye.runs, atolye.report, atolye.train\n"
        "from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(atolye.cli.app, ['--help']).exit_code == 0\n"
        "heavy = {'keras', 'tensorflow', 'jax', 'torch', 'shap'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_version_and_completion(monkeypatch):
    monkeypatch.setattr("shellingham.detect_shell", lambda *args, **kwargs: ("bash", "/bin/bash"))
    assert run(app, ["--version"]).output.startswith("atolye 0.")
    result = run(app, ["--show-completion", "bash"], env={"SHELL": "/bin/bash"})
    assert result.exit_code == 0


def test_an_unknown_command_is_exit_2():
    assert run(app, ["trian"]).exit_code == 2
