"""`atolye predict MODEL FILES…`: answers for photographs or table rows from a saved model alone."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from atolye.cli.errors import one_line_errors


@one_line_errors
def predict(
    model: Annotated[Path, typer.Argument(help="A model.keras that atolye wrote.")],
    files: Annotated[
        list[Path], typer.Argument(help="Image files or folders of them; or CSV files for a table model.")
    ],
    views: Annotated[
        str | None,
        typer.Option(
            help="none, or the mean over views of each image: flip (2 views) or multi_crop (6); default: as it was "
            "judged after its training, which is none unless the recipe says otherwise."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Predict the class (or value) of each file or row; the model file needs nothing beside it.

    What cannot be read is named on the error stream and left out; exit code 2 when nothing could be read.

    Example: atolye predict runs/pets/model.keras cat.jpg dog.png --json
    """
    if as_json and as_csv:
        raise ValueError("--json and --csv exclude each other; received both. Choose one.")
    import pandas as pd

    from atolye.runs import Predictor
    from atolye.startup import start_backend

    predictor = Predictor(model)
    start_backend()
    if predictor.card.kind == "image":
        from atolye.data import list_images

        frame, unreadable = predictor.predict_files(list_images(files), views=views)  # type: ignore[arg-type]
        for path, reason in unreadable:
            typer.echo(f"left out: {path}: {reason}", err=True)
        if not len(frame):
            raise ValueError(f"none of the {len(unreadable)} files could be read.")
    else:
        if views not in (None, "none"):
            raise ValueError(f"--views {views} is for images; {model} reads table rows. Leave it out.")
        from atolye.data import read_csv

        frame = pd.concat([predictor.predict_frame(read_csv(path)) for path in files], ignore_index=True)
    if as_json:
        # orient="records" with 9 digits: float32 probabilities survive the round trip.
        sys.stdout.write(frame.to_json(orient="records", double_precision=9, force_ascii=False, indent=2) + "\n")
    elif as_csv:
        sys.stdout.write(frame.to_csv(index=False, float_format="%.9g"))
    else:
        _print_table(frame)


def _print_table(frame: "object") -> None:
    from rich.table import Table

    from atolye.cli.output import console, number

    table = Table("id", "prediction", "confidence")
    for row in frame.itertuples():  # type: ignore[attr-defined]
        shown = row.prediction if isinstance(row.prediction, str) else number(row.prediction)
        table.add_row(str(row.id), shown, "-" if row.confidence != row.confidence else f"{row.confidence:.1%}")
    console.print(table)
