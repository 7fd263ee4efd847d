"""`atolye find-lr DATA`: the learning-rate range test, before a training."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir
from atolye.cli.recipe_argument import read_recipe

if TYPE_CHECKING:
    from atolye.train.learning_rate_range import LearningRateRange

MEANING = {
    "minimum": "a tenth of the rate with the lowest loss",
    "steepest": "where the loss falls fastest",
    "valley": "the middle of the fall",
}


@one_line_errors
def find_lr(
    data: Annotated[
        str | None, typer.Argument(help="Built-in set, folder of images (one folder a class), or CSV file.")
    ] = None,
    recipe: Annotated[Path | None, typer.Option(help="TOML file with settings; options below win over it.")] = None,
    target: Annotated[str | None, typer.Option(help="Table: the column to learn.")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="auto, mlp, cnn, vgg_small, separable_cnn, whitened_cnn, or such as resnet20, preact_resnet56, "
            "se_resnet18."
        ),
    ] = None,
    optimizer: Annotated[str | None, typer.Option(help="adam, adamw or sgd.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per update.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Side in pixels to which images are brought.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights and order.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any other recipe key, as key=value. Repeatable.")
    ] = None,
    min_lr: Annotated[float, typer.Option(help="First learning rate.")] = 1e-7,
    max_lr: Annotated[float, typer.Option(help="Last learning rate.")] = 1.0,
    steps: Annotated[int, typer.Option(help="Updates, each at a higher rate.")] = 100,
    out: Annotated[Path, typer.Option(help="PNG file for the curve.")] = Path("lr_finder.png"),
    data_dir: DataDir = None,
) -> None:
    """Train for some updates while the learning rate grows, and suggest one. Nothing but the picture is kept.

    Example: atolye find-lr photos/ --optimizer sgd
    """
    from atolye.cli.output import console, reading_bar
    from atolye.files import atomic_path
    from atolye.startup import start_backend
    from atolye.train import Recipe
    from atolye.train.find_recipe_lr import find_recipe_lr

    options: dict[str, Any] = {
        "data": data,
        "target": target,
        "model": model,
        "optimizer": optimizer,
        "batch_size": batch_size,
        "image_size": image_size,
        "seed": seed,
        "data_dir": str(data_dir) if data_dir else None,
    }
    settings = read_recipe(Recipe, recipe, options, set_)
    start_backend()
    with reading_bar() as progress:
        found = find_recipe_lr(settings, min_lr=min_lr, max_lr=max_lr, steps=steps, progress=progress)
    with atomic_path(out) as partial:
        found.figure().savefig(partial, dpi=110)
    _show(found)
    console.print(f"curve: {out}", soft_wrap=True, highlight=False)


def _show(found: "LearningRateRange") -> None:
    from rich.table import Table

    from atolye.cli.output import console, number

    table = Table("suggestion", "learning rate", "meaning", title="learning-rate range test")
    for name, rate in found.suggestions.items():
        table.add_row(name, number(rate), MEANING[name])
    console.print(table)
    if found.recommended is None:
        console.print(f"cannot tell: {found.reason}.", soft_wrap=True, highlight=False)
    else:
        console.print(f"recommended: {number(found.recommended)}", highlight=False)
