"""`atolye lab NUMBER`: run a course lab, or copy it to change it."""

from pathlib import Path
from typing import Annotated

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir, Lang, Language


@one_line_errors
def lab(
    number: Annotated[
        str | None, typer.Argument(help="The lab's number, such as 1.1; without it the labs are listed.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Seconds instead of minutes: a first look.")] = False,
    full: Annotated[bool, typer.Option("--full", help="The slides' sizes and epochs.")] = False,
    copy: Annotated[
        Path | None, typer.Option(help="Copy the lab's files to this folder instead of running it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, order and dropout.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the run; default: runs/lab-NUMBER.")] = None,
    data_dir: DataDir = None,
    lang: Language = Lang.tr,
) -> None:
    """Run a lab of the course and leave its page; labs are scripts to read, change and run again.

    Example: atolye lab 1.1 --quick

    Example: atolye lab 1.1 --copy my_labs/
    """
    from atolye.labs import LABS, copy_lab, run_lab

    if number is None:
        for key, entry in LABS.items():
            typer.echo(f"{key}  {entry.title}")
        return
    if copy is not None:
        for path in copy_lab(number, copy):
            typer.echo(f"copied {path}")
        return
    from atolye.startup import start_backend

    start_backend()
    run_lab(number, quick=quick, full=full, data_dir=data_dir, seed=seed, lang=lang, out=out)
