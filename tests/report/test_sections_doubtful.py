"""Doubtful labels from the predictions, duplicates from what the training found."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from atolye.report.judged_split import JudgedSplit
from atolye.report.sections_doubtful import doubtful_blocks
from atolye.runs import Run


def test_a_label_that_all_contradicts_is_named(classification_run: Path) -> None:
    run = Run(classification_run)
    frame = run.predictions
    row = frame.index[(frame["split"] == "test") & (frame["target"] == 0)][0]
    frame.loc[row, [f"p_{label}" for label in range(5)]] = [0.001, 0.996, 0.001, 0.001, 0.001]
    tables = {block.get("id"): block for block in doubtful_blocks(run, JudgedSplit.of(run))}
    first = tables["label-errors"]["rows"][0]
    assert first[:3] == [frame["id"][row], "kedi", "köpek"]
    hits = tables["unsure-hits"]["rows"]
    assert len(hits) == 10 and [float(hit[2]) for hit in hits] == sorted(float(hit[2]) for hit in hits)


def test_without_doubts_it_says_so(make_classification_run: Callable[..., Path]) -> None:
    run = Run(make_classification_run())
    columns = [f"p_{label}" for label in range(5)]
    run.predictions[columns] = 0.2
    found = doubtful_blocks(run, JudgedSplit.of(run))
    assert found[1]["text"]["en"] == "No test example has a markedly doubtful label."


def test_duplicates_are_told_where_they_were_looked_for(classification_run: Path) -> None:
    run = Run(classification_run)
    judged = JudgedSplit.of(run)
    path = run.path / "explanation.json"
    assert "duplicates" not in [block.get("id") for block in doubtful_blocks(run, judged)]
    known = {"count": 2, "across_splits": 1, "pairs": [["train", "a.jpg", "test", "b.jpg", False]]}
    path.write_text(json.dumps({"duplicates": known}), encoding="utf-8")
    notice, table = doubtful_blocks(run, judged)[-2:]
    assert "**2** images are there more than once" in notice["text"]["en"] and notice["tone"] == "warning"
    shown = [cell["en"] if isinstance(cell, dict) else cell for cell in table["rows"][0]]
    assert shown == ["training", "a.jpg", "test", "b.jpg", "no"]
    path.write_text(json.dumps({"duplicates": {"count": 0, "across_splits": 0, "pairs": []}}), encoding="utf-8")
    assert doubtful_blocks(run, judged)[-1]["text"]["tr"].startswith("Hiçbir görüntü iki kez yok")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"explanation.json is damaged .* Train again"):
        doubtful_blocks(run, judged)
