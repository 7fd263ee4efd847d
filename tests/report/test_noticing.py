import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from atolye.report.judged_split import JudgedSplit
from atolye.report.noticing import notices
from atolye.runs import Run

MakeRun = Callable[..., Path]


def sentences(path: Path) -> list[tuple[str, str]]:
    run = Run(path)
    return [(text["en"], tone) for text, tone in notices(run, JudgedSplit.of(run))]


def rewrite(path: Path, probabilities: np.ndarray, targets: np.ndarray) -> None:
    frame = pd.DataFrame({"split": "test", "id": np.arange(len(targets)).astype(str), "target": targets})
    frame["prediction"], frame["confidence"] = probabilities.argmax(axis=1), probabilities.max(axis=1)
    frame = frame.join(pd.DataFrame(probabilities, columns=[f"p_{i}" for i in range(probabilities.shape[1])]))
    frame.to_parquet(path / "predictions.parquet", index=False)


def test_overfitting_imbalance_and_best_epoch(classification_run: Path) -> None:
    found = sentences(classification_run)
    gap = next(text for text, tone in found if text.startswith("A sign of overfitting") and tone == "warning")
    # Training 0.2 + 0.78 g and validation 0.25 + 0.62 g with g = 1 - exp(-9/4) at epoch 9.
    gain = 1 - np.exp(-9 / 4)
    assert f"a gap of **{100 * (0.16 * gain - 0.05):.1f} points**" in gap
    assert any("**kedi** has 5.0 times" in text for text, _ in found)
    assert any(text.startswith("The best epoch was **9** of 12; the 3 after it") for text, _ in found)
    assert any(text.startswith("2 files could not be read") for text, _ in found)


def test_overconfident_underconfident_and_calibrated(make_classification_run: MakeRun) -> None:
    targets = np.arange(100) % 2
    for name, confidence, right, start in [
        ("over", 0.99, 80, "Overconfident: ECE is **0.190**"),
        ("under", 0.6, 95, "Underconfident: ECE is **0.350**"),
        ("fine", 0.9, 90, "Well calibrated: ECE is **0.000**"),
    ]:
        path = make_classification_run(["a", "b"], 100, name=name)
        answers = np.where(np.arange(100) < right, targets, 1 - targets)
        rewrite(path, np.where(answers[:, None] == [0, 1], confidence, 1 - confidence), targets)
        assert any(text.startswith(start) for text, _ in sentences(path)), name


def test_no_better_than_the_most_frequent_class(make_classification_run: MakeRun) -> None:
    path = make_classification_run(["a", "b"], 20)
    targets = np.array([0] * 15 + [1] * 5)
    rewrite(path, np.tile([0.8, 0.2], (20, 1)), targets)
    assert any(
        "no better than always answering the most frequent class (**a**, 75.0%)" in s for s, _ in sentences(path)
    )


def test_the_confused_pair_and_the_last_epoch(make_classification_run: MakeRun) -> None:
    path = make_classification_run(["a", "b", "c"], 30)
    info = json.loads((path / "run.json").read_text(encoding="utf-8"))
    (path / "run.json").write_text(json.dumps(info | {"best_epoch": 12}), encoding="utf-8")
    targets = np.array([0, 0, 1, 1, 2, 2])
    answers = np.array([0, 1, 1, 1, 2, 2])
    rewrite(path, np.where(answers[:, None] == [0, 1, 2], 0.8, 0.1), targets)
    found = [text for text, _ in sentences(path)]
    assert "The pair most often confused: **a** taken for **b**, 1 times (50.0%)." in found
    assert any(text.startswith("The best epoch was the last: **12** of 12") for text in found)


def test_weights_that_have_seen_small_images_only(make_classification_run: MakeRun) -> None:
    path = make_classification_run(["a", "b"], 30)
    info = json.loads((path / "run.json").read_text(encoding="utf-8"))
    with (path / "recipe.toml").open("a", encoding="utf-8") as recipe:
        recipe.write("\n[progressive_sizes]\n0 = 16\n4 = 24\n10 = 32\n")
    told = {}
    for best in (4, 5, 10, 11):  # counted from 1; the last size begins with the eleventh
        (path / "run.json").write_text(json.dumps(info | {"best_epoch": best}), encoding="utf-8")
        told[best] = [text for text, tone in sentences(path) if text.startswith("The kept weights")]
    start = "The kept weights have seen images of **{} pixels**; those of 32 begin with epoch 11"
    assert [told[best][0].startswith(start.format(side)) for best, side in ((4, 16), (5, 24), (10, 24))] == [True] * 3
    assert told[11] == []


def test_a_regression_over_views(regression_run: Path) -> None:
    info = json.loads((regression_run / "run.json").read_text(encoding="utf-8"))
    info["views"] = {"views": "flip", "metrics_of_one_look": {"test": {"mae": 2.75}}}
    (regression_run / "run.json").write_text(json.dumps(info), encoding="utf-8")
    told = [text for text, _ in sentences(regression_run) if "2 views of each image: test MAE **" in text]
    assert len(told) == 1 and told[0].endswith("one look gives 2.75.")


def test_regression(regression_run: Path) -> None:
    assert sentences(regression_run)[0][0].startswith("Predictions are off by **")
