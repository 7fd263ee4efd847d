"""The section with the learning curves."""

import numpy as np
import pandas as pd

from atolye.report import blocks
from atolye.report.figure_file import figure_svg
from atolye.report.figures_learning import learning_rate_curve, training_curves
from atolye.report.numbers import format_number
from atolye.report.texts import Text, interface_texts
from atolye.runs import Run

MOST_METRICS = 3


def learning_blocks(run: Run) -> list[blocks.Block]:
    """Return the curves of loss, of up to three metrics, and of the learning rate."""
    history, best = run.history, run.info.get("best_epoch")
    if history.empty or "loss" not in history:
        return []
    texts = interface_texts()
    found = [blocks.section("learning", texts.text("learning.title"), texts.text("learning.text"))]
    metrics = [str(name) for name in history if f"val_{name}" in history and name != "loss"]
    metrics.sort(key=lambda name: name != "accuracy")  # accuracy first, the others as they come
    for metric in ["loss", *metrics[:MOST_METRICS]]:
        found.append(_curve(history, metric, best))
    if "learning_rate" in history:
        found.append(_learning_rate(history, best))
    return found


def _curve(history: pd.DataFrame, metric: str, best: int | None) -> blocks.Block:
    texts = interface_texts()
    labels = _labels(metric)
    validation = history.get(f"val_{metric}", history[metric])
    if metric == "loss":
        lowest = int(np.nanargmin(validation)) if validation.notna().any() else 0
        alt = texts.text(
            "learning.loss_alt",
            first=format_number(float(history["loss"].iloc[0])),
            last=format_number(float(history["loss"].iloc[-1])),
            best=format_number(float(validation.iloc[lowest])),
            epoch=int(history["epoch"].iloc[lowest]),
        )
        caption = texts.text("learning.loss")
    else:
        rows = np.flatnonzero(history["epoch"] == best)
        place = int(rows[0]) if len(rows) else len(history) - 1
        word = labels[metric]
        alt = texts.text(
            "learning.metric_alt",
            metric=word,
            train=format_number(float(history[metric].iloc[place])),
            validation=format_number(float(validation.iloc[place])),
        )
        caption = texts.text("learning.metric", metric=word)
    svg = figure_svg(training_curves(history, metric, best))
    return blocks.figure(f"curve-{metric}", svg=svg, alt=alt, caption=caption, labels=labels)


def _learning_rate(history: pd.DataFrame, best: int | None) -> blocks.Block:
    texts = interface_texts()
    rates = history["learning_rate"]
    alt = texts.text("learning.learning_rate_alt", high=float(rates.max()), low=float(rates.min()))
    return blocks.figure(
        "curve-learning-rate",
        svg=figure_svg(learning_rate_curve(history, best)),
        alt=alt,
        caption=texts.text("learning.learning_rate"),
        labels=_labels("learning_rate"),
    )


def _labels(metric: str) -> dict[str, Text]:
    known = interface_texts().labels("labels")
    words = {word: known[word] for word in ("training", "validation", "epoch")}
    return words | {metric: known.get(metric, {"tr": metric, "en": metric})}
