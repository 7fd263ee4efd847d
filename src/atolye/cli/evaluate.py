"""`atolye evaluate RUN [DATA]`: a run's figures, or its model's figures on other data."""

from pathlib import Path
from typing import Annotated

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir, RunsDir


@one_line_errors
def evaluate(
    run: Annotated[str, typer.Argument(help="Name or folder of a run.")],
    data: Annotated[
        str | None,
        typer.Argument(help="Other data with the same classes; default: the run's own test split."),
    ] = None,
    split: Annotated[str, typer.Option(help="Part of DATA to judge on: test, validation, train or all.")] = "all",
    views: Annotated[
        str | None,
        typer.Option(
            help="With DATA: none, or the mean over views of each image: flip (2 views) or multi_crop (6); default: as "
            "the run was judged."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: DataDir = None,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Print a run's figures; with DATA, those of its saved model on other examples of the same classes.

    Example: atolye evaluate pets more_photos/

    Example: atolye evaluate pets more_photos/ --views multi_crop
    """
    import json

    from atolye.runs import find_run

    found = find_run(run, root=runs_dir)
    if data is None:
        if views is not None:
            raise ValueError(f"--views {views} asks the model again; name the DATA to ask it about.")
        figures, frame = found.metrics, found.predictions.query("split == 'test'")
    else:
        from atolye.cli.output import reading_bar
        from atolye.startup import start_backend
        from atolye.train import evaluate_run

        start_backend()
        with reading_bar() as progress:
            figures, frame = evaluate_run(
                found,
                data,
                split=split,
                data_dir=data_dir,
                views=views,  # type: ignore[arg-type]
                progress=progress,
            )
    if as_json:
        typer.echo(json.dumps({"run": found.name, "data": data or "test split", "num_examples": len(frame), **figures}))
        return
    _print_figures(found, data, figures, frame)


def _print_figures(run: "object", data: str | None, figures: dict, frame: "object") -> None:
    from rich.table import Table

    from atolye.cli.output import console, number
    from atolye.evaluate import per_class

    table = Table("figure", "value", title=f"{run.name} on {data or 'its test split'}, {len(frame)} examples")  # type: ignore[attr-defined,arg-type]
    for name, value in figures.items():
        table.add_row(name, number(value))
    console.print(table)
    names = run.class_names  # type: ignore[attr-defined]
    if names:
        columns = [f"p_{label}" for label in range(len(names))]
        scores = per_class(frame["target"].to_numpy(), frame[columns].to_numpy(), names)  # type: ignore[index]
        detail = Table(*map(str, scores.columns), title="by class")
        for row in scores.itertuples(index=False):
            detail.add_row(*(value if isinstance(value, str) else number(value) for value in row))
        console.print(detail)
