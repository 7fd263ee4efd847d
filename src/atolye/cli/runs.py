"""`atolye runs list | show | rm`: the runs on disk."""

from pathlib import Path
from typing import Annotated

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import RunsDir

app = typer.Typer(help="List, show and remove runs.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name or folder of a run.")]


@app.command("list")
@one_line_errors
def list_command(runs_dir: RunsDir = Path("runs")) -> None:
    """List the runs, newest first.

    Example: atolye runs list
    """
    from rich.table import Table

    from atolye.cli.output import console, number
    from atolye.runs import list_runs, list_unfinished

    for name in list_unfinished(runs_dir):
        typer.echo(f"unfinished: {name} (go on with: atolye train --resume {name})")
    found = list_runs(runs_dir)
    if not found:
        typer.echo(f"no runs in {runs_dir}. Make one with: atolye demo")
        return
    table = Table("run", "kind", "data", "model", "test", "seconds", "created")
    for run in found:
        info = run.info
        headline = next(iter(run.metrics.items()), None)
        table.add_row(
            run.name,
            info["kind"],
            info.get("dataset", {}).get("name", "-"),
            info.get("model", {}).get("name", "-"),
            f"{headline[0]} {number(headline[1])}" if headline else "-",
            number(info.get("seconds", {}).get("total")),
            info.get("created", "-")[:16].replace("T", " "),
        )
    console.print(table)


@app.command("show")
@one_line_errors
def show(name: Name, runs_dir: RunsDir = Path("runs")) -> None:
    """Show one run: figures, recipe, files.

    Example: atolye runs show pets
    """
    from atolye.cli.output import console, show_run
    from atolye.runs import find_run

    run = find_run(name, root=runs_dir)
    if run.info["kind"] == "training":
        show_run(run)
        console.print(
            (run.path / "recipe.toml").read_text(encoding="utf-8"),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    for path in sorted(run.path.rglob("*")):
        if path.is_file():
            console.print(f"{path.stat().st_size / 1024:10.1f} KiB  {path}", highlight=False, soft_wrap=True)


@app.command("rm")
@one_line_errors
def remove(
    name: Name,
    runs_dir: RunsDir = Path("runs"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a run's folder for good.

    Example: atolye runs rm pets --yes
    """
    from atolye.runs import find_run, remove_run

    run = find_run(name, root=runs_dir)
    if not yes:
        typer.confirm(f"Remove {run.path} for good?", abort=True)
    remove_run(run)
    typer.echo(f"removed {run.path}")
