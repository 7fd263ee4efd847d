from collections.abc import Callable
from pathlib import Path

from atolye.report.sections_data import data_blocks, model_blocks
from atolye.runs import Run


def test_many_excluded_files_are_counted(make_classification_run: Callable[..., Path]) -> None:
    run = Run(make_classification_run())
    run.info["dataset"]["excluded"] = [[f"{index}.jpg", "0 bytes"] for index in range(80)]
    table = data_blocks(run)[-1]
    assert len(table["rows"]) == 50
    assert table["caption"]["en"] == "Files left out: 80. The first 50 are shown; all are in `run.json`."


def test_the_recipe_is_shown_as_it_was_written(classification_run: Path) -> None:
    rows = model_blocks(Run(classification_run))[-1]["rows"]
    assert rows == [["data", "hayvanlar"], ["epochs", "12"], ["widths", "[16, 32]"]]
