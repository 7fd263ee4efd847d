"""A training run to a document: what the page of a run holds, and in which order."""

from typing import Any

import pandas as pd

from atolye.report import blocks
from atolye.report.environment import environment_blocks
from atolye.report.judged_split import JudgedSplit
from atolye.report.noticing import notices, share
from atolye.report.numbers import duration, format_number
from atolye.report.sections_classification import (
    calibration_blocks,
    class_blocks,
    confusion_blocks,
    curve_blocks,
    mistake_blocks,
)
from atolye.report.sections_data import data_blocks, explanation_blocks, model_blocks, sample_blocks
from atolye.report.sections_doubtful import doubtful_blocks
from atolye.report.sections_learning import learning_blocks
from atolye.report.sections_regression import regression_blocks
from atolye.report.texts import LANGUAGES, Text, interface_texts, same
from atolye.runs import Run

_NEEDED = ("name", "dataset", "model", "metrics", "seconds")


def training_document(run: Run) -> blocks.Document:
    """Return the page of a training: result, curves, judgement, data, recipe, environment.

    Raises:
        FileNotFoundError: when the history or the predictions are missing.
        ValueError: when `run.json` or the predictions lack something.
    """
    missing = [key for key in _NEEDED if key not in run.info]
    if missing:
        raise ValueError(f"{run.path / 'run.json'} has no {missing[0]!r}. Train again.")
    judged = JudgedSplit.of(run)
    body = _noticed(run, judged) + learning_blocks(run) + _scores(run)
    if judged.class_names:
        body += confusion_blocks(judged) + class_blocks(judged) + curve_blocks(judged)
        body += calibration_blocks(judged) + mistake_blocks(run, judged) + doubtful_blocks(run, judged)
    else:
        body += regression_blocks(run, judged)
    body += explanation_blocks(run) + sample_blocks(run) + data_blocks(run) + model_blocks(run)
    texts = interface_texts()
    return blocks.Document(
        title=same(str(run.info["name"])),
        kind=texts.text("kind.training"),
        lead=_lead(run, judged),
        tiles=_tiles(run, judged),
        blocks=body + environment_blocks(run.info),
        footer=texts.text("page.footer", version=str(run.info.get("atolye", "?"))),
    )


def _lead(run: Run, judged: JudgedSplit) -> Text:
    data = run.info["dataset"]
    return interface_texts().text(
        f"training.lead_{data.get('kind', 'table')}",
        model=str(run.info["model"]["name"]),
        dataset=str(data["name"]),
        epochs=run.info.get("epochs_run", len(run.history)),
        test=len(judged),
    )


def _tiles(run: Run, judged: JudgedSplit) -> list[blocks.Block]:
    texts, scores = interface_texts(), run.metrics
    low, high = judged.interval
    if judged.class_names:
        note = texts.text("tile.interval", low=share(low), high=share(high))
        tiles = [_tile("accuracy", share(scores["accuracy"]), note)]
    else:
        note = texts.text("tile.interval", low=low, high=high)
        tiles = [_tile("rmse", same(format_number(scores["rmse"])), note)]
    for other in ("auc", "macro_f1", "ece") if judged.class_names else ("mae", "r2"):
        if other in scores:
            tiles.append(_tile(other, same(format_number(scores[other]))))
    seconds = run.info["seconds"].get("train", run.info["seconds"].get("total", float("nan")))
    tiles.append(_tile("seconds", {language: duration(seconds, language) for language in LANGUAGES}))
    tiles.append(_tile("parameters", same(format_number(run.info["model"]["parameters"]))))
    if run.info.get("created"):
        tiles.append(_tile("created", same(str(run.info["created"])[:10])))
    return tiles


def _tile(name: str, value: Text, note: Text | None = None) -> blocks.Block:
    return {"label": interface_texts().text(f"tile.{name}"), "value": value, "note": note}


def _noticed(run: Run, judged: JudgedSplit) -> list[blocks.Block]:
    texts = interface_texts()
    heading = blocks.section("notice", texts.text("notice.title"), texts.text("notice.text"))
    return [heading, *(blocks.notice(text, tone=tone) for text, tone in notices(run, judged))]


def _scores(run: Run) -> list[blocks.Block]:
    texts, known = interface_texts(), interface_texts().labels("labels")
    metrics: dict[str, dict[str, Any]] = run.info["metrics"]
    names = list(dict.fromkeys(name for scores in metrics.values() for name in scores))
    # One row a split, so that a column's numbers are of one kind and share their decimals.
    frame = pd.DataFrame(
        {"split": list(metrics)} | {name: [scores.get(name) for scores in metrics.values()] for name in names}
    )
    caption = texts.text("scores.caption")
    return [
        blocks.section("scores", texts.text("scores.title"), texts.text("scores.text")),
        blocks.table("scores-table", frame, caption=caption, headings=known, cells=known),
    ]
