"""Write docs/reference/cli.md from the commands' own help; with --check, only say whether it is up to date."""

import sys
from pathlib import Path
from typing import Any

import typer

from atolye.cli import app

PAGE = Path(__file__).parent / "reference" / "cli.md"
# Typer words these by the shell that it finds, so the page would differ from machine to machine.
HIDDEN = {"help", "install_completion", "show_completion"}
HEAD = """# Command line

Made from the commands' own help by `make docs`; a test checks that it is up to date.
Errors that you can mend are one line on the standard error stream and exit code 2; `ATOLYE_DEBUG=1` shows the
traceback.
Shell completion: `atolye --install-completion`.
"""


def describe(command: Any, name: str, level: int) -> str:
    """Return a command's section: usage, help text, arguments and options as a table."""
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"{'#' * level} `{name}`", "", f"`{name} {usage}`", "", (command.help or "").strip(), ""]
    rows = [parameter for parameter in command.params if parameter.name not in HIDDEN]
    if rows:
        lines += ["| argument or option | meaning | default |", "|---|---|---|"]
    for parameter in rows:
        is_option = parameter.param_type_name == "option"
        label = ", ".join(parameter.opts) if is_option else (parameter.metavar or parameter.name).upper()
        default = "" if parameter.default is None or parameter.default is False else parameter.default
        lines.append(f"| `{label}` | {getattr(parameter, 'help', '') or ''} | {default} |")
    text = "\n".join(lines).rstrip() + "\n"
    for child, entry in sorted(getattr(command, "commands", {}).items()):
        text += "\n" + describe(entry, f"{name} {child}", level + 1)
    return text


def page() -> str:
    """Return the whole page."""
    return HEAD + "\n" + describe(typer.main.get_command(app), "atolye", 2)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == page() else "docs/reference/cli.md is old; run: make docs")
    PAGE.write_text(page(), encoding="utf-8")
