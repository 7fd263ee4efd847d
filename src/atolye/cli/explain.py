"""`atolye explain MODEL IMAGES…`: where in the images a model finds its answer, as pictures, raw maps and a page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import Lang, Language, RunsDir

if TYPE_CHECKING:
    from atolye.runs import ModelCard


@one_line_errors
def explain(
    model: Annotated[str, typer.Argument(help="A .keras file, or a run's name.")],
    images: Annotated[list[Path], typer.Argument(help="Image files or folders of them.")],
    method: Annotated[
        str, typer.Option(help="grad_cam, hires_cam, layer_cam, eigen_cam, integrated_gradients, occlusion, rise ...")
    ] = "grad_cam",
    target: Annotated[str | None, typer.Option(help="Class to explain; default: what the model answers.")] = None,
    layer: Annotated[
        str | None, typer.Option(help="Layer to read, such as backbone/top_conv; default: chosen by itself.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the page and the maps.")] = Path("explanation"),
    check: Annotated[bool, typer.Option("--check", help="Also measure how far the maps are to be trusted.")] = False,
    value_range: Annotated[
        str, typer.Option(help="What black and white are to a model that atolye did not write, such as -1,1.")
    ] = "0,255",
    lang: Language = Lang.en,
    runs_dir: RunsDir = Path("runs"),
) -> None:
    """Write for each image an overlay and the raw map (.npy), and a page that shows and explains them.

    Example: atolye explain runs/pets/model.keras photos/ --target dog

    Example: atolye explain pets cat.jpg --method integrated_gradients --check
    """
    from atolye.data import list_images
    from atolye.startup import start_backend

    files = list_images(images)
    limits = _range(value_range)
    start_backend()
    loaded, card, name = _load(model, runs_dir)
    from atolye.report.explanation_page import explain_files

    found = explain_files(
        loaded,
        card,
        files,
        out,
        name=name,
        method=method,
        target=target,
        layer=layer,
        check=check,
        value_range=limits,
        lang=lang,
    )
    for path, reason in found.unreadable:
        typer.echo(f"left out: {path}: {reason}", err=True)
    _show(found.table)
    typer.echo(f"maps: {found.path / 'maps'}")
    typer.echo(f"report: {found.path / 'report.html'}")


def _load(name: str, runs_dir: Path) -> "tuple[object, ModelCard, str]":
    """Return the model, its card (made from its input's shape where atolye did not write the file) and its name."""
    from atolye.runs import ModelCard, find_run, load_artefact, read_card

    path = Path(name)
    if not path.is_file() and path.suffix != ".keras":
        run = find_run(name, root=runs_dir)
        path, name = run.model_path, run.name
    elif path.stem == "model":
        name = path.resolve().parent.name  # runs/pets/model.keras is pets
    else:
        name = path.stem
    model = load_artefact(path, compile=False)
    try:
        return model, read_card(path), name
    except ValueError:  # any Keras model: no names of classes, pixels as --value-range says
        shape = next((tuple(given.shape[1:]) for given in model.inputs if len(given.shape) == 4), ())
        if len(shape) != 3 or None in shape:
            raise ValueError(
                f"{path} reads inputs of shape {shape or '?'}; expected (height, width, channels) without open sizes. "
                "Use atolye.explain.explain_images in Python."
            ) from None
        return model, ModelCard("image", "classification", (), shape), name


def _range(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        low, high = (float(part) for part in parts)
    except ValueError:
        raise ValueError(f"--value-range takes two numbers, such as -1,1; received {text!r}.") from None
    return low, high


def _show(table: "object") -> None:
    from rich.table import Table

    from atolye.cli.output import console, number

    shown = Table("image", "prediction", "confidence", "explained", "map")
    for row in table.itertuples():  # type: ignore[attr-defined]
        state = f"flat: {row.flat}" if row.flat else "ok"
        shown.add_row(str(row.id), row.prediction, number(row.confidence), row.explained, state)
    console.print(shown)
