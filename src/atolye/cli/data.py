"""`atolye data DATA`: what is in a dataset, what it looks like and what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir


@one_line_errors
def data(
    data: Annotated[str, typer.Argument(help="Built-in set, folder of images (one folder a class), or CSV file.")],
    target: Annotated[str | None, typer.Option(help="Table: the column to learn.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Side in pixels to which images are brought.")] = None,
    samples: Annotated[Path | None, typer.Option(help="Write a picture of examples to this PNG file.")] = None,
    max_bad: Annotated[float, typer.Option(help="Share of unreadable files above which the work stops.")] = 0.05,
    data_dir: DataDir = None,
) -> None:
    """Show a dataset: splits, classes, value range, where it came from; files that cannot be used, with reasons.

    Example: atolye data photos/ --samples samples.png
    """
    from atolye.cli.output import console, reading_bar
    from atolye.data import load_dataset

    with reading_bar() as progress:
        dataset = load_dataset(
            data, data_dir=data_dir, target=target, image_size=image_size, max_bad=max_bad, progress=progress
        )
    _print_summary(dataset.summary())
    if samples:
        from atolye.files import atomic_path

        with atomic_path(samples) as partial:
            dataset.sample_grid().savefig(partial, dpi=110)
        console.print(f"samples: {samples}", soft_wrap=True, highlight=False)


def _print_summary(summary: dict) -> None:
    from rich.table import Table

    from atolye.cli.output import console

    console.print(f"[bold]{summary['name']}[/bold]: {summary['kind']}, {summary['task']}; {summary['provenance']}")
    shape = " x ".join(map(str, summary["input_shape"]))
    console.print(
        f"input {shape}, values {summary['value_range'] or 'raw columns'}, hash {summary['hash']}",
        highlight=False,
    )
    table = Table("class", *summary["num_examples"], title="examples")
    for label in summary["class_names"]:
        table.add_row(label, *(str(counts[label]) for counts in summary["class_counts"].values()))
    table.add_row("all", *map(str, summary["num_examples"].values()), style="bold")
    console.print(table)
    if summary["columns"]:
        columns = Table("column", "kind", title="columns")
        for column, kind in summary["columns"].items():
            columns.add_row(column, kind)
        console.print(columns)
    problems = summary["excluded"]
    console.print(f"{len(problems)} left out" if problems else "nothing left out", highlight=False)
    for path, reason in problems[:20]:
        console.print(f"  {path}: {reason}", soft_wrap=True, highlight=False, markup=False)
    if len(problems) > 20:
        console.print(f"  and {len(problems) - 20} more")
