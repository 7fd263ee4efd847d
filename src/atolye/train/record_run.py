"""A training as a run: whatever fits the model, the folder around it, the judging and the report are the same."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from atolye.data import Dataset, Split
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
from atolye.train.data_recipe import DataRecipe
from atolye.train.explanations import save_explanations
from atolye.train.fit import Fitted
from atolye.train.model_info import model_info
from atolye.train.pictures import save_pictures
from atolye.train.prepare import encode

STATE = ".state.npz"  # what a killed training goes on from; gone when the run is whole
DATA_HASH = ".data_hash"


def record_run(
    recipe: DataRecipe,
    name: str,
    *,
    runs_dir: str | Path,
    load: Callable[[], Dataset],
    fit: Callable[[Dataset, Path], Fitted],
    seed: int,
    lang: str = "en",
) -> Run:
    """Load the data, fit, judge, and leave a run folder with its report.

    The folder appears when everything in it is written; an error leaves nothing behind. What was killed or interrupted
    goes on when the same recipe is recorded under the same name.

    Args:
        recipe: all settings; written to `recipe.toml`.
        name: the run's name.
        runs_dir: folder in which the run's folder is made.
        load: returns the data.
        fit: returns the trained model, given the data and a path `.state.npz`: what it keeps beside that, under names
            that begin with `.state`, is there again when a killed training starts again, and gone when the run is
            whole.
        seed: the recipe's.
        lang: the report's first language, `"en"` or `"tr"`.

    Raises:
        FileExistsError: when a run of that name is there.
        ValueError: when the name is not fit for a folder; and what `load` and `fit` raise.
    """
    from atolye.report import build_report

    start = time.perf_counter()
    check_run_name(name)
    path = Path(runs_dir) / name
    with new_run_folder(path) as work:
        dataset = load()
        _prepare(work, recipe, dataset)
        seconds = {"data": _seconds_since(start)}
        fitted = fit(dataset, work / STATE)
        seconds["train"] = round(float(fitted.history["seconds"].sum()), 3)  # over all sittings
        began = time.perf_counter()
        predictions, one_look = predict_splits(fitted, dataset)
        info = _describe(name, seed, dataset, fitted, predictions)
        if fitted.views != "none":  # what a single look at each image would give, beside
            of_one_look = split_metrics(one_look, dataset.num_classes)
            info["views"] = {"views": fitted.views, "metrics_of_one_look": of_one_look}
        info["seconds"] = seconds | {"evaluate": _seconds_since(began)}
        _write_run(work, recipe, dataset, fitted, predictions, info)
        info["seconds"]["total"] = _seconds_since(start)
        write_info(work, info)
        build_report(work, lang=lang)
        _clear(work)
    return Run(path)


def _prepare(work: Path, recipe: DataRecipe, dataset: Dataset) -> None:
    """Keep what an interrupted training of the same recipe and data left in `work`; clear away anything else."""
    path = work / "recipe.toml"
    same = path.is_file() and path.read_text(encoding="utf-8") == recipe.to_toml()
    data = work / DATA_HASH
    if not (same and data.is_file() and data.read_text(encoding="utf-8") == dataset.content_hash):
        _clear(work)
    write_text(data, dataset.content_hash)
    write_text(path, recipe.to_toml())


def _clear(work: Path) -> None:
    for scaffold in [work / DATA_HASH, *work.glob(".state*")]:
        scaffold.unlink(missing_ok=True)


def predict_splits(fitted: Fitted, dataset: Dataset) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the predictions for validation and test split, one row an example, and those of one look at each image."""
    frames: tuple[list[pd.DataFrame], list[pd.DataFrame]] = ([], [])
    for name in ("validation", "test"):
        part: Split = encode(dataset.splits[name], fitted.encoder)
        one_look = probabilities(fitted.model, part.inputs, dataset.task)
        outputs = one_look
        if fitted.views != "none":
            outputs = probabilities(fitted.model, part.inputs, dataset.task, views=fitted.views, one_look=one_look)
        for kept, answers in zip(frames, (outputs, one_look), strict=True):
            frame = prediction_frame(answers, dataset.num_classes)
            frame.insert(0, "split", name)
            frame.insert(1, "id", part.ids)
            frame.insert(2, "target", part.targets)
            kept.append(frame)
    return pd.concat(frames[0], ignore_index=True), pd.concat(frames[1], ignore_index=True)


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


def _describe(name: str, seed: int, dataset: Dataset, fitted: Fitted, predictions: pd.DataFrame) -> dict[str, Any]:
    info = {
        "format": 1,
        "kind": "training",
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "atolye": _own_version(),
        "versions": versions(),
        "machine": machine(),
        "seed": seed,
        "precision": fitted.precision,
        "dataset": dataset.summary(),
        "model": model_info(fitted.model, name=fitted.name),
        "epochs_run": len(fitted.history),
        "best_epoch": fitted.best_epoch,
        "metrics": split_metrics(predictions, dataset.num_classes),
    }
    return info | ({"stages": list(fitted.stages)} if fitted.stages else {})


def _write_run(
    work: Path,
    recipe: DataRecipe,
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
        views=fitted.views,
        provenance={key: info[key] for key in ("name", "created", "atolye", "versions", "metrics")}
        | {"dataset": {key: info["dataset"][key] for key in ("name", "hash", "provenance")}},
    )
    save_artefact(fitted.model, work / "model.keras", card)
    save_pictures(work / "figures", dataset, predictions)
    save_explanations(work, fitted.model, dataset, predictions)


def _own_version() -> str:
    from atolye import __version__

    return __version__


def _seconds_since(start: float) -> float:
    return round(time.perf_counter() - start, 3)
