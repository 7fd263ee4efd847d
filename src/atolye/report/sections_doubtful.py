"""The section on what to look at again: labels that are likely wrong, right answers by luck, images there twice."""

import json
from typing import Any

import pandas as pd

from atolye.evaluate import least_confident_hits, likely_label_errors
from atolye.report import blocks
from atolye.report.judged_split import JudgedSplit
from atolye.report.texts import interface_texts
from atolye.runs import Run

SHOWN = 20


def doubtful_blocks(run: Run, judged: JudgedSplit) -> list[blocks.Block]:
    """Return the likely label errors and the least confident hits of the test split, and the duplicates where known."""
    texts, names = interface_texts(), judged.class_names
    labels = texts.labels("labels")
    found = [blocks.section("doubtful", texts.text("doubtful.title"), texts.text("doubtful.text"))]
    doubted = likely_label_errors(judged.targets, judged.probabilities)
    if doubted.empty:
        found.append(blocks.notice(texts.text("doubtful.no_label"), tone="good"))
    else:
        frame = pd.DataFrame(
            {
                "id": judged.frame["id"].astype(str).to_numpy()[doubted["row"]],
                "target": [names[label] for label in doubted["target"]],
                "suggested": [names[label] for label in doubted["suggested"]],
                "confidence": doubted["confidence"].astype(float),
            }
        )
        caption = texts.text("doubtful.labels", shown=min(SHOWN, len(frame)), count=len(frame))
        found.append(blocks.table("label-errors", frame.head(SHOWN), caption=caption, headings=labels))
    hits = least_confident_hits(judged.frame, SHOWN // 2)
    if len(hits):
        frame = pd.DataFrame(
            {
                "id": hits["id"].astype(str),
                "prediction": [names[label] for label in hits["prediction"]],
                "confidence": hits["confidence"].astype(float),
            }
        )
        caption = texts.text("doubtful.hits")
        found.append(blocks.table("unsure-hits", frame, caption=caption, headings=labels))
    return found + _duplicates(run)


def _duplicates(run: Run) -> list[blocks.Block]:
    path = run.path / "explanation.json"
    if not path.is_file():
        return []
    try:
        known: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")).get("duplicates")
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}). Train again.") from None
    if known is None:
        return []
    texts = interface_texts()
    if not known["count"]:
        return [blocks.notice(texts.text("doubtful.no_duplicate"), tone="good")]
    split = {name: texts.text(f"doubtful.{name}") for name in ("train", "validation", "test")}
    yes, no = texts.text("doubtful.yes"), texts.text("doubtful.no")
    rows = [
        (split[here], one, split[there], other, yes if same else no) for here, one, there, other, same in known["pairs"]
    ]
    frame = pd.DataFrame(rows, columns=["split", "id", "other_split", "other_id", "same_label"], dtype=object)
    values = {"count": known["count"], "across": known["across_splits"], "shown": len(rows)}
    tone = "warning" if known["across_splits"] else "plain"
    return [
        blocks.notice(texts.text("doubtful.duplicates", **values), tone=tone),
        blocks.table(
            "duplicates", frame, caption=texts.text("doubtful.pairs", **values), headings=texts.labels("labels")
        ),
    ]
