from pathlib import Path

import pandas as pd

from atolye.report.sections_learning import learning_blocks
from atolye.runs import Run


def names(found: list[dict]) -> list[str]:
    return [block["id"] for block in found if "id" in block]


def test_learning_puts_accuracy_first_and_stops_at_three_metrics(classification_run: Path) -> None:
    history = pd.read_csv(classification_run / "history.csv")
    for metric in ("a", "b", "c"):
        history[metric] = history[f"val_{metric}"] = 1.0
    history[["epoch", "a", "val_a", "b", "val_b", "c", "val_c", *history.columns[1:7]]].to_csv(
        classification_run / "history.csv", index=False
    )
    found = learning_blocks(Run(classification_run))
    assert names(found) == ["learning", "curve-loss", "curve-accuracy", "curve-a", "curve-b", "curve-learning-rate"]


def test_a_history_without_a_loss_has_no_curves(classification_run: Path) -> None:
    pd.DataFrame({"epoch": [1]}).to_csv(classification_run / "history.csv", index=False)
    assert learning_blocks(Run(classification_run)) == []
