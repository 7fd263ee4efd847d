"""`atolye compare RUN RUN...`: where trainings differ in their recipes, then in their figures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import RunsDir

if TYPE_CHECKING:
    import pandas as pd


@one_line_errors
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Names or folders of two trainings or more.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Print the recipe keys that differ between trainings, then their figures side by side.

    Example: atolye compare plain wide
    """
    import json

    from atolye.cli.output import console, count, number
    from atolye.runs import find_run
    from atolye.study import compare_runs

    found = compare_runs({name: find_run(name, root=runs_dir) for name in runs})
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return
    if not found.same_data:
        console.print("the data differ: figures of different test splits cannot be compared", soft_wrap=True)
    if found.recipe.empty:
        console.print("the recipes are the same")
    else:
        console.print(_table("recipe", found.recipe, lambda value: "-" if value is None else str(value)))
    figures = found.figures.astype(object)
    for name in figures.index:
        written = count if name in ("parameters", "flops") else number  # counts have many digits
        figures.loc[name] = ["-" if value != value else written(value) for value in found.figures.loc[name]]
    console.print(_table("figure", figures, str))


def _table(heading: str, frame: "pd.DataFrame", written: Any) -> Any:
    from rich.table import Table

    table = Table(heading)
    for name in frame.columns:
        table.add_column(str(name), justify="right")
    for key, row in frame.iterrows():
        table.add_row(str(key), *(written(value) for value in row))
    return table
