"""`atolye advise [DATA]`: which strategy and which pretrained network, for your data and your time."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir

if TYPE_CHECKING:
    import pandas as pd

    from atolye.transfer import Advice


@one_line_errors
def advise(
    data: Annotated[
        str | None, typer.Argument(help="Built-in set or folder of images, to count; or give --examples.")
    ] = None,
    examples: Annotated[int | None, typer.Option(help="Training examples, where there is no DATA to count.")] = None,
    classes: Annotated[int | None, typer.Option(help="Classes, where there is no DATA to count.")] = None,
    similarity: Annotated[
        str,
        typer.Option(
            help="Likeness to ImageNet: high (photographs of everyday things, animals), medium (photographs of "
            "something else) or low (X-rays, satellite images, drawings)."
        ),
    ] = "medium",
    budget: Annotated[str, typer.Option(help="Time for the fine-tuning, such as 90s, 10m or 1h.")] = "30m",
    image_size: Annotated[int, typer.Option(help="Side in pixels at which the network will see the images.")] = 96,
    backbone: Annotated[
        list[str] | None, typer.Option(help="Choose between these only. Repeatable; default: all nine.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Choose only where the weights are here.")] = False,
    measure: Annotated[bool, typer.Option(help="Measure on this machine what has not been measured yet.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Say which strategy and which pretrained network suit your data and your time, why, and what to type next.

    The first call at an image size measures each network here, a minute or two; the next one knows.

    Example: atolye advise photos/ --similarity high --budget 10m

    Example: atolye advise --examples 2000 --classes 5 --backbone efficientnet-lite0 --backbone resnet50
    """
    if (data is None) == (examples is None):
        given = "neither" if data is None else "both"
        raise ValueError(f"Give DATA to count, or --examples; received {given}. Example: atolye advise photos/")
    from atolye.startup import start_backend

    if data is not None:
        examples, classes = _count(data, data_dir)
    start_backend()
    from atolye.train.callbacks import parse_seconds
    from atolye.train.progress_bar import progress_bar
    from atolye.transfer import advise as find

    with progress_bar("measuring networks") as progress:
        found = find(
            examples or 0,
            num_classes=classes,
            similarity=similarity,  # type: ignore[arg-type]
            budget_minutes=parse_seconds(budget) / 60,
            image_size=image_size,
            backbones=backbone,
            offline=offline,
            measure=measure,
            data=data or "DATA",
            progress=progress,
        )
    if as_json:
        typer.echo(_json(found))
    else:
        _show(found)


def _count(data: str, data_dir: Path | None) -> tuple[int, int]:
    from atolye.cli.output import reading_bar
    from atolye.data import load_dataset

    with reading_bar() as progress:
        dataset = load_dataset(data, data_dir=data_dir, progress=progress)
    if dataset.kind != "image" or dataset.task != "classification":
        raise ValueError(f"{data} is a {dataset.kind} for {dataset.task}; expected images of classes.")
    return len(dataset.train), dataset.num_classes


def _json(found: "Advice") -> str:
    import json
    from dataclasses import asdict

    # Missing numbers become null.
    rows = json.loads(found.table.to_json(orient="records", double_precision=10))
    return json.dumps(asdict(found) | {"table": rows}, indent=2)


def _show(found: "Advice") -> None:
    from atolye.cli.output import console

    plan = found.strategy if found.blocks is None else f"{found.strategy}, last {found.blocks} blocks"
    console.print(f"[bold]{found.backbone}, {plan}[/bold]", highlight=False)
    for reason in found.reasons:
        console.print(f"- {reason}", highlight=False)
    console.print(_table(found.table, found))
    console.print(
        "FLOPs and ms: of one image, at the size asked for; img/s in batches of 32. Top-1: ImageNet's, as "
        "published, at the size beside it; smaller images give less. Min: minutes, estimated, for the strategy above.",
        highlight=False,
        style="dim",
    )
    console.print(f"next: {found.command}", soft_wrap=True, highlight=False)


def _table(rows: "pd.DataFrame", found: "Advice") -> "object":
    from rich.box import SIMPLE
    from rich.table import Table

    from atolye.cli.output import count

    title = f"pretrained networks, images of {found.image_size} px"
    table = Table(title=title, box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("network", no_wrap=True)
    for heading in ("weights", "FLOPs", "top-1", "at px", "ms", "img/s", "min"):
        table.add_column(heading, justify="right")
    table.add_column("here")
    for row in rows.to_dict("records"):
        table.add_row(
            row["backbone"],
            count(row["parameters"]),
            count(row["flops"]),
            f"{100 * row['top1']:.1f}%",
            str(row["published_pixels"]),
            _short(row["milliseconds"]),
            _short(row["images_per_second"]),
            _short(row["minutes"]),
            "yes" if row["weights_here"] else "download",
            style="bold" if row["backbone"] == found.backbone else None,
        )
    return table


def _short(value: float) -> str:
    """Return two digits or more without an exponent: 80 columns must do."""
    return "-" if value != value else f"{value:.0f}" if value >= 10 else f"{value:.1f}"
