"""`atolye finetune DATA`: a pretrained network for your own classes, one run folder, one report."""

import logging
from pathlib import Path
from typing import Annotated, Any

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir, Lang, Language, RunsDir
from atolye.cli.recipe_argument import read_recipe, refuse_beside_resume, seconds, unfinished_recipe


@one_line_errors
def finetune(
    data: Annotated[
        str | None, typer.Argument(help="Folder of images (one folder a class), built-in set, or CSV list of images.")
    ] = None,
    recipe: Annotated[Path | None, typer.Option(help="TOML file with settings; options below win over it.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the run; default: the data's name and the time.")] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            help="efficientnet-lite0 (installed with atolye), or, downloaded once: vgg16, vgg19, resnet50, "
            "mobilenet-v2, efficientnet-b0, efficientnet-b4, efficientnet-v2-b0, convnext-tiny."
        ),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="imagenet, random, or a file of weights for the backbone.")
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(help="feature_extraction, partial, full, or two_stage: the head, then blocks too.")
    ] = None,
    blocks: Annotated[
        int | None,
        typer.Option(
            help="partial, two_stage: last blocks that train; default a third of them, in two_stage all with more than "
            "10,000 images."
        ),
    ] = None,
    head_epochs: Annotated[int | None, typer.Option(help="two_stage: epochs of the head alone, at most.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of the last stage, at most.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", "--lr", help="Peak learning rate where blocks train.")
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(help="Side in pixels at which the backbone sees the images, 32 or more.")
    ] = None,
    augment: Annotated[
        str | None, typer.Option(help="Change images at random: none, light, medium, strong or too_strong.")
    ] = None,
    cache: Annotated[
        bool | None,
        typer.Option("--cache/--no-cache", help="Compute what is frozen once and keep it on disk; default: cache."),
    ] = None,
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
    """Make a pretrained network tell the classes of DATA apart; leave a run folder as atolye train does.

    Example: atolye finetune photos/

    Example: atolye finetune photos/ --augment light --image-size 224 --budget 5m

    Example: atolye finetune cifar10 --strategy two_stage --blocks 9 --set layer_decay=0.8
    """
    from atolye.train import FineTuneRecipe, default_name

    options: dict[str, Any] = {
        "data": data,
        "backbone": backbone,
        "weights": weights,
        "strategy": strategy,
        "blocks": blocks,
        "head_epochs": head_epochs,
        "epochs": epochs,
        "learning_rate": learning_rate,
        "image_size": image_size,
        "augment": augment,
        "cache": cache,
        "budget_seconds": seconds(budget),
        "precision": precision,
        "seed": seed,
        "data_dir": str(data_dir) if data_dir else None,
    }
    if resume is not None:
        refuse_beside_resume(options, set_, recipe, name)
        recipe, name, options = unfinished_recipe(resume, runs_dir, FineTuneRecipe), resume, {}
    settings = read_recipe(FineTuneRecipe, recipe, options, set_)
    if show_recipe:
        typer.echo(settings.to_toml(), nl=False)
        return
    from atolye.cli.output import reading_bar, show_run
    from atolye.startup import start_backend

    start_backend()
    from atolye.transfer import fine_tune

    _show_messages()
    name = name or default_name(settings)
    try:
        with reading_bar() as progress:
            run = fine_tune(**settings.model_dump(), name=name, runs_dir=runs_dir, lang=lang, progress=progress)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; go on with: atolye finetune --resume {name}", err=True)
        raise typer.Exit(130) from None
    show_run(run)


class _OnStandardError(logging.Handler):
    """Print what the library has to say, a line each."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(f"{'warning: ' * (record.levelno >= logging.WARNING)}{record.getMessage()}", err=True)


def _show_messages() -> None:
    logger = logging.getLogger("atolye.transfer")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, _OnStandardError) for handler in logger.handlers):
        logger.addHandler(_OnStandardError())
    logger.propagate = False
