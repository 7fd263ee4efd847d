"""`atolye report RUN`: build a run's page again from its files."""

from pathlib import Path
from typing import Annotated

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import Lang, Language, RunsDir


@one_line_errors
def report(
    run: Annotated[str, typer.Argument(help="Name or folder of a run.")],
    lang: Language = Lang.en,
    runs_dir: RunsDir = Path("runs"),
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Build report.html again from the run's folder alone; the same files give the same page, byte for byte.

    Example: atolye report pets --open
    """
    from atolye.report import build_report
    from atolye.runs import find_run

    path = build_report(find_run(run, root=runs_dir).path, lang=lang)
    typer.echo(f"report: {path}")
    if show:
        typer.launch(str(path))
