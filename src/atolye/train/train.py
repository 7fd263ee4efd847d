"""`train(recipe)`: load the data, fit, judge, and leave a run folder with its report."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import pandas as pd

from atolye.data import Dataset, Split, load_dataset
from atolye.evaluate import metrics, regression_metrics
from atolye.files import atomic_path, write_text
from atolye.runs import (
    ModelCard,
    Run,
    machine,
    new_run_folder,
    save_artefact,
    versions,
    write_history,
    write_info,
    write_predictions,
)
from atolye.runs.folder import check_run_name
from atolye.runs.predictor import prediction_frame, probabilities
from atolye.runs.run import DEFAULT_ROOT
from atolye.train.build import model_name
from atolye.train.explanations import save_explanations
from atolye.train.fit import Fitted, fit
from atolye.train.model_info import model_info
from atolye.train.pictures import save_pictures
from atolye.train.prepare import encode
from atolye.train.recipe import Recipe

if TYPE_CHECKING:
    import keras

STATE = ".state.npz"  # what a killed training goes on from; gone when the run is whole
DATA_HASH = ".data_hash"


def train(
    recipe: Recipe,
    *,
    dataset: Dataset | None = None,
    name: str | None = None,
    runs_dir: str | Path = DEFAULT_ROOT,
    callbacks: "list[keras.callbacks.Callback] | None" = None,
    lang: str = "en",
    progress: Callable[[int, int], None] | None = None,
) -> Run:
    """Train a recipe and return its run: model, history, predictions, figures and report in one folder.

    The folder appears when everything in it is written; an error leaves nothing behind. What was killed or interrupted
    goes on after its last whole epoch when the same recipe is trained under the same name.

    Args:
        recipe: all settings; see `Recipe`.
        dataset: your own data, when `recipe.data` is only its name.
        name: the run's name; default the data's name and the time.
        runs_dir: folder in which the run's folder is made.
        callbacks: more Keras callbacks for `fit`.
        lang: the report's first language, `"en"` or `"tr"`; the page holds both.
        progress: called with `(done, total)` while files are read.

    Returns:
        The finished run.

    Raises:
        FileExistsError: when a run of that name is there.
        ValueError: when recipe and data do not fit, before the first epoch.

    Example:
        run = train(Recipe(data="mnist_small", epochs=3))
        print(run.metrics["accuracy"], run.path / "report.html")
    """
    from atolye.report import build_report

    start = time.perf_counter()
    name = name or default_name(recipe)
    check_run_name(name)
    with new_run_folder(Path(runs_dir) / name) as work:
        dataset = dataset or load_recipe_data(recipe, progress=progress)
        _prepare(work, recipe, dataset)
        seconds = {"data": seconds_since(start)}
        fitted = fit(recipe, dataset, callbacks=callbacks, title=name, state_path=work / STATE)
        seconds["train"] = round(float(fitted.history["seconds"].sum()), 3)  # over all sittings
        began = time.perf_counter()
        predictions = predict_splits(fitted, dataset)
        info = _describe(name, recipe, dataset, fitted, predictions)
        info["seconds"] = seconds | {"evaluate": seconds_since(began)}
        _write_run(work, recipe, dataset, fitted, predictions, info)
        info["seconds"]["total"] = seconds_since(start)
        write_info(work, info)
        build_report(work, lang=lang)
        for scaffold in (STATE, DATA_HASH):
            (work / scaffold).unlink(missing_ok=True)
    return Run(Path(runs_dir) / name)


def default_name(recipe: Recipe) -> str:
    """Return the data's name and the time, fit for a folder."""
    return re.sub(r"[^\w.-]", "_", f"{Path(recipe.data).stem}-{datetime.now():%Y%m%d-%H%M%S}").lstrip(".-") or "run"


def _prepare(work: Path, recipe: Recipe, dataset: Dataset) -> None:
    """Keep what an interrupted training of the same recipe and data left in `work`; clear away anything else."""
    path = work / "recipe.toml"
    same = path.is_file() and path.read_text(encoding="utf-8") == recipe.to_toml()
    data = work / DATA_HASH
    if not (same and data.is_file() and data.read_text(encoding="utf-8") == dataset.content_hash):
        (work / STATE).unlink(missing_ok=True)
    write_text(data, dataset.content_hash)
    write_text(path, recipe.to_toml())


def load_recipe_data(recipe: Recipe, *, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """Load the dataset that a recipe names, split and limited as it says."""
    return load_dataset(
        recipe.data,
        data_dir=recipe.data_dir,
        target=recipe.target,
        column_kinds=recipe.column_kinds,
        task=None if recipe.task == "auto" else recipe.task,
        image_size=recipe.image_size,
        resize=recipe.resize,
        validation_fraction=recipe.validation_fraction,
        test_fraction=recipe.test_fraction,
        split_seed=recipe.split_seed,
        max_examples=recipe.max_examples,
        max_bad=recipe.max_bad,
        progress=progress,
    )


def predict_splits(fitted: Fitted, dataset: Dataset) -> pd.DataFrame:
    """Return the predictions for the validation and the test split, one row an example."""
    frames = []
    for name in ("validation", "test"):
        part: Split = encode(dataset.splits[name], fitted.encoder)
        outputs = probabilities(fitted.model, part.inputs, dataset.task)
        frame = prediction_frame(outputs, dataset.num_classes)
        frame.insert(0, "split", name)
        frame.insert(1, "id", part.ids)
        frame.insert(2, "target", part.targets)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def split_metrics(predictions: pd.DataFrame, num_classes: int) -> dict[str, dict[str, float]]:
    """Return the figures of each split in a table of predictions."""
    result = {}
    for name, part in predictions.groupby("split", sort=False):
        if num_classes:
            columns = [f"p_{label}" for label in range(num_classes)]
            result[str(name)] = metrics(part["target"].to_numpy(), part[columns].to_numpy())
        else:
            result[str(name)] = regression_metrics(part["target"].to_numpy(), part["prediction"].to_numpy())
    return result


def _describe(name: str, recipe: Recipe, dataset: Dataset, fitted: Fitted, predictions: pd.DataFrame) -> dict[str, Any]:
    return {
        "format": 1,
        "kind": "training",
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "atolye": _own_version(),
        "versions": versions(),
        "machine": machine(),
        "seed": recipe.seed,
        "precision": fitted.precision,
        "dataset": dataset.summary(),
        "model": model_info(fitted.model, name=model_name(recipe, dataset)),
        "epochs_run": len(fitted.history),
        "best_epoch": fitted.best_epoch,
        "metrics": split_metrics(predictions, dataset.num_classes),
    }


def _write_run(
    work: Path,
    recipe: Recipe,
    dataset: Dataset,
    fitted: Fitted,
    predictions: pd.DataFrame,
    info: dict[str, Any],
) -> None:
    write_history(work, fitted.history)
    write_predictions(work, predictions)
    if fitted.encoder is not None:
        with atomic_path(work / "preprocessing.joblib") as partial:
            joblib.dump(fitted.encoder.column_transformer, partial)
    card = ModelCard(
        kind=dataset.kind,
        task=dataset.task,
        class_names=dataset.class_names,
        input_shape=tuple(fitted.model.inputs[0].shape[1:]),
        resize=recipe.resize,
        encoder=fitted.encoder.to_dict() if fitted.encoder else None,
        target=recipe.target,
        provenance={key: info[key] for key in ("name", "created", "atolye", "versions", "metrics")}
        | {"dataset": {key: info["dataset"][key] for key in ("name", "hash", "provenance")}},
    )
    save_artefact(fitted.model, work / "model.keras", card)
    save_pictures(work / "figures", dataset, predictions)
    save_explanations(work, fitted.model, dataset, predictions)


def _own_version() -> str:
    from atolye import __version__

    return __version__


def seconds_since(start: float) -> float:
    """Seconds of wall-clock time since `start` (from `time.perf_counter`), to the millisecond."""
    return round(time.perf_counter() - start, 3)
