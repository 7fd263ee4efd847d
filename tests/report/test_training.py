from pathlib import Path

from atolye.report.training import training_document
from atolye.runs import Run


def order(path: Path) -> list[str]:
    return [block["id"] for block in training_document(Run(path)).blocks if block["type"] == "section"]


def test_the_order_of_a_classification(classification_run: Path) -> None:
    assert order(classification_run) == [
        "notice", "learning", "scores", "confusion", "classes", "curves", "calibration", "mistakes", "doubtful",
        "samples", "data", "model", "environment",
    ]  # fmt: skip


def test_the_order_of_a_regression(regression_run: Path) -> None:
    assert order(regression_run) == ["notice", "learning", "scores", "regression", "data", "model", "environment"]


def test_the_first_tile_has_its_interval(classification_run: Path) -> None:
    tile = training_document(Run(classification_run)).tiles[0]
    assert tile["label"]["en"] == "Test accuracy" and tile["note"]["en"].startswith("95% interval ")
