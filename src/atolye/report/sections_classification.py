"""The sections that judge a classifier: scores, confusion, classes, curves, calibration, mistakes."""

import numpy as np
import pandas as pd

from atolye.evaluate import most_confident_mistakes, most_confused, precision_recall, roc
from atolye.evaluate.curves import mean_area
from atolye.evaluate.per_class import ABSENT, NEVER_PREDICTED
from atolye.report import blocks
from atolye.report.figure_file import figure_svg
from atolye.report.figures_calibration import confidence_figure, reliability_figure
from atolye.report.figures_confusion import confusion_figure
from atolye.report.figures_curves import MOST_COLOURED, curves_figure
from atolye.report.judged_split import JudgedSplit
from atolye.report.texts import Text, interface_texts, same
from atolye.runs import Run

MISTAKES_SHOWN = 20


def confusion_blocks(judged: JudgedSplit) -> list[blocks.Block]:
    """Return the confusion matrix and the pairs most often confused."""
    texts = interface_texts()
    labels = texts.labels("labels")
    values = {"classes": len(judged.class_names), "total": len(judged), "right": int(judged.correct.sum())}
    picture = blocks.figure(
        "confusion-matrix",
        svg=figure_svg(confusion_figure(judged.matrix, judged.class_names)),
        alt=texts.text("confusion.alt", **values),
        caption=texts.text("confusion.caption"),
        labels={word: labels[word] for word in ("predicted", "true") if word not in judged.class_names},
    )
    found = [blocks.section("confusion", texts.text("confusion.title"), texts.text("confusion.text")), picture]
    pairs = most_confused(judged.matrix, judged.class_names)
    if len(pairs) and len(judged.class_names) > 2:
        found.append(blocks.table("confused-pairs", pairs, caption=texts.text("confusion.pairs"), headings=labels))
    return found


def class_blocks(judged: JudgedSplit) -> list[blocks.Block]:
    """Return the per-class table; what cannot be computed is said in its last column."""
    texts = interface_texts()
    frame = judged.classes
    caption, labels = texts.text("classes.caption"), texts.labels("labels")
    table = blocks.table("per-class", frame.drop(columns="note"), caption=caption, headings=labels)
    if frame["note"].any():
        words = {"": same(""), **{note: texts.text(f"classes.{note}") for note in (ABSENT, NEVER_PREDICTED)}}
        table["columns"].append({"heading": labels["note"], "align": "left"})
        for row, note in zip(table["rows"], frame["note"], strict=True):
            row.append(words[note])
    return [blocks.section("classes", texts.text("classes.title"), texts.text("classes.text")), table]


def curve_blocks(judged: JudgedSplit) -> list[blocks.Block]:
    """Return ROC and precision-recall curves: of the positive class, or of each class against the rest."""
    texts = interface_texts()
    names = judged.class_names
    curves = {"roc": roc(judged.targets, judged.probabilities)}
    curves["pr"] = precision_recall(judged.targets, judged.probabilities)
    binary = len(names) == 2
    if binary:
        curves, names = {kind: items[1:] for kind, items in curves.items()}, names[1:]
    if not any(curve.defined for curve in curves["roc"]):
        return []
    if binary:
        text = texts.text("curves.one", name=names[0])
    else:
        text = texts.text("curves.some" if len(names) > MOST_COLOURED else "curves.every", count=MOST_COLOURED)
    intro = texts.text("curves.text")
    found = [blocks.section("curves", texts.text("curves.title"), {key: f"{intro[key]} {text[key]}" for key in intro})]
    baseline = float(np.mean(judged.targets == 1)) if binary else None
    for kind, name in (("roc", "roc"), ("pr", "precision_recall")):
        svg = figure_svg(curves_figure(curves[kind], names, kind=name, baseline=baseline))
        alt = texts.text(f"curves.{kind}_alt", area=mean_area(curves[kind]))
        caption = texts.text(f"curves.{kind}")
        labels = _axis_labels("false positive rate", "true positive rate", "recall", "precision")
        found.append(blocks.figure(f"curve-{kind}", svg=svg, alt=alt, caption=caption, labels=labels))
    return found


def calibration_blocks(judged: JudgedSplit) -> list[blocks.Block]:
    """Return the reliability diagram and the histogram of confidence."""
    texts = interface_texts()
    result = judged.calibration
    wrong = judged.confidence[~judged.correct]
    right = judged.confidence[judged.correct]
    diagram = blocks.figure(
        "reliability",
        svg=figure_svg(reliability_figure(result["bins"])),
        alt=texts.text("calibration.diagram_alt", ece=result["ece"], mce=result["mce"]),
        caption=texts.text("calibration.diagram"),
        labels=_axis_labels("confidence", "share right"),
    )
    histogram = blocks.figure(
        "confidence",
        svg=figure_svg(confidence_figure(judged.confidence, judged.correct)),
        alt=texts.text("calibration.histogram_alt", wrong=_mean(wrong), right=_mean(right)),
        caption=texts.text("calibration.histogram"),
        labels=_axis_labels("confidence", "examples", "right", "wrong"),
    )
    heading = blocks.section("calibration", texts.text("calibration.title"), texts.text("calibration.text"))
    return [heading, diagram, histogram]


def mistake_blocks(run: Run, judged: JudgedSplit) -> list[blocks.Block]:
    """Return the most confident mistakes as a table, with their pictures where the run kept them."""
    texts = interface_texts()
    found = [blocks.section("mistakes", texts.text("mistakes.title"), texts.text("mistakes.text"))]
    mistakes = most_confident_mistakes(judged.frame, MISTAKES_SHOWN)
    if mistakes.empty:
        return [*found, blocks.notice(texts.text("mistakes.none"), tone="good")]
    file = "figures/mistakes.png"
    if (run.path / file).is_file():
        caption, alt = texts.text("mistakes.picture"), texts.text("mistakes.alt")
        found.append(blocks.figure("mistakes-picture", file=file, alt=alt, caption=caption, wide=True))
    names = judged.class_names
    frame = pd.DataFrame(
        {
            "id": mistakes["id"].astype(str),
            "target": [names[label] for label in mistakes["target"]],
            "prediction": [names[label] for label in mistakes["prediction"]],
            "confidence": mistakes["confidence"].astype(float),
        }
    )
    caption = texts.text("mistakes.caption")
    found.append(blocks.table("mistakes-table", frame, caption=caption, headings=texts.labels("labels")))
    return found


def _axis_labels(*words: str) -> dict[str, Text]:
    known = interface_texts().labels("labels") | interface_texts().labels("axes")
    return {word: known[word] for word in words}


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
