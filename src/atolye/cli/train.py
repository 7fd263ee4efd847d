"""`atolye train DATA`: one training, one run folder, one report."""

from pathlib import Path
from typing import Annotated, Any

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir, Lang, Language, RunsDir
from atolye.cli.recipe_argument import read_recipe, refuse_beside_resume, seconds, unfinished_recipe


@one_line_errors
def train(
    data: Annotated[
        str | None, typer.Argument(help="Built-in set, folder of images (one folder a class), or CSV file.")
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="TOML file with settings, or the name of a built-in recipe, such as speedrun-85; options below win "
            "over it."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; default: the data's name and the time.")] = None,
    target: Annotated[str | None, typer.Option(help="Table: the column to learn.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="Table: a column's kind, as NAME=numeric, NAME=categorical or NAME=ignore. Repeatable."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="auto, mlp, cnn, vgg_small, separable_cnn, whitened_cnn, or such as resnet20, preact_resnet56, "
            "se_resnet18."
        ),
    ] = None,
    augment: Annotated[
        str | None, typer.Option(help="Images: change them at random: none, light, medium, strong or too_strong.")
    ] = None,
    mix: Annotated[str | None, typer.Option(help="Images: mix pairs of them: none, mix_up or cut_mix.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training examples, at most.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per update.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Side in pixels to which images are brought.")] = None,
    budget: Annotated[str | None, typer.Option(help="Time limit of the training, such as 90s, 5m or 1h.")] = None,
    precision: Annotated[str | None, typer.Option(help="auto (measured), float32 or bfloat16.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, order and dropout.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any other recipe key, as key=value. Repeatable.")
    ] = None,
    resume: Annotated[str | None, typer.Option(help="Name of an interrupted run to go on with.")] = None,
    show_recipe: Annotated[bool, typer.Option("--show-recipe", help="Print the recipe as TOML and stop.")] = False,
    data_dir: DataDir = None,
    runs_dir: RunsDir = Path("runs"),
    lang: Language = Lang.en,
) -> None:
    """Train a model on DATA and leave a run folder: model.keras, history, predictions, report.html.

    Example: atolye train photos/ --epochs 20 --budget 5m

    Example: atolye train photos/ --augment light --set augment_flip=false

    Example: atolye train patients.csv --target outcome --set class_weight=balanced
    """
    from atolye.train import Recipe

    options: dict[str, Any] = {
        "data": data,
        "column_kinds": parse_columns(column),
        "target": target,
        "model": model,
        "augment": augment,
        "mix": mix,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "image_size": image_size,
        "budget_seconds": seconds(budget),
        "precision": precision,
        "seed": seed,
        "data_dir": str(data_dir) if data_dir else None,
    }
    if resume is not None:
        refuse_beside_resume(options, set_, recipe, name)
        recipe, name, options = unfinished_recipe(resume, runs_dir, Recipe), resume, {}
    settings = read_recipe(Recipe, recipe, options, set_)
    if show_recipe:
        typer.echo(settings.to_toml(), nl=False)
        return
    from atolye.cli.output import reading_bar, show_run
    from atolye.startup import start_backend
    from atolye.train import default_name
    from atolye.train import train as train_recipe

    start_backend()
    name = name or default_name(settings)
    try:
        with reading_bar() as progress:
            run = train_recipe(settings, name=name, runs_dir=runs_dir, lang=lang, progress=progress)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; go on with: atolye train --resume {name}", err=True)
        raise typer.Exit(130) from None
    show_run(run)


def parse_columns(pairs: list[str] | None) -> dict[str, str] | None:
    """Return `NAME=KIND` pairs as a dictionary; None when there is none."""
    kinds = dict((pair.rpartition("=")[::2]) for pair in pairs or [])
    if "" in kinds:
        raise ValueError(f"--column takes NAME=KIND; received {' '.join(pairs or [])!r}. Example: --column age=numeric")
    return kinds or None
