from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from atolye.report.sections_data import data_blocks, model_blocks
from atolye.runs import Run


def test_many_excluded_files_are_counted(make_classification_run: Callable[..., Path]) -> None:
    run = Run(make_classification_run())
    run.info["dataset"]["excluded"] = [[f"{index}.jpg", "0 bytes"] for index in range(80)]
    table = data_blocks(run)[-1]
    assert len(table["rows"]) == 50
    assert table["caption"]["en"] == "Files left out: 80. The first 50 are shown; all are in `run.json`."


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ({"flops": 81_162_240}, "81\u202f162\u202f240"),
        (
            {"flops_not_counted": "no formula for mix"},
            {"tr": "sayılamadı: no formula for mix", "en": "not counted: no formula for mix"},
        ),
    ],
)
def test_flops_are_told_or_why_not(classification_run: Path, entry: dict[str, Any], shown: Any) -> None:
    run = Run(classification_run)
    label = {"tr": "Bir örnek için FLOP (2 × çarp-topla)", "en": "FLOPs for one example (2 × multiply-add)"}
    assert label not in [item[0] for item in model_blocks(run)[1]["items"]]  # runs of earlier versions
    run.info["model"] |= entry
    assert model_blocks(run)[1]["items"][-1] == [label, shown]


def test_stages_of_a_fine_tuning_are_shown(classification_run: Path) -> None:
    run = Run(classification_run)
    assert "atolye train --recipe" in model_blocks(run)[0]["text"]["en"]
    head = {"name": "head", "strategy": "feature_extraction", "blocks": None, "epochs": 2}
    run.info["stages"] = [head, head | {"name": "top", "strategy": "partial", "blocks": 6}]
    run.recipe["backbone"] = "efficientnet-lite0"
    section, _, stages, _ = model_blocks(run)
    assert "atolye finetune --recipe" in section["text"]["en"]
    assert [row[:2] for row in stages["rows"]] == [["head", "feature_extraction"], ["top", "partial"]]
    assert [row[2] for row in stages["rows"]] == ["—", "6"]


def test_the_recipe_is_shown_as_it_was_written(classification_run: Path) -> None:
    rows = model_blocks(Run(classification_run))[-1]["rows"]
    assert rows == [["data", "hayvanlar"], ["epochs", "12"], ["widths", "[16, 32]"]]
