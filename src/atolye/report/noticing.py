"""What to notice: sentences that the numbers of a run write by themselves."""

import math
from typing import Any

from atolye.evaluate import most_confused
from atolye.report.judged_split import JudgedSplit
from atolye.report.numbers import format_number, percent
from atolye.report.texts import LANGUAGES, Text, interface_texts
from atolye.runs import Run
from atolye.runs.artefact import NUM_VIEWS

OVERFIT_GAP = 0.05  # training accuracy above validation accuracy
CALIBRATED_ECE = 0.03
CONFIDENCE_GAP = 0.015  # mean confidence away from accuracy
IMBALANCE_RATIO = 3.0  # examples of the largest class against the smallest

Noticed = tuple[Text, str]
"""A sentence and its tone: `plain`, `good` or `warning`."""


def notices(run: Run, judged: JudgedSplit) -> list[Noticed]:
    """Return the sentences for a run, the most important first."""
    found = _classification(run, judged) if judged.class_names else _regression(run)
    found += _best_epoch(run) + _small_images(run) + _views(run)
    excluded = len(run.info["dataset"].get("excluded") or [])
    if excluded:
        found.append(_say("excluded", "warning", count=excluded))
    return found


def _classification(run: Run, judged: JudgedSplit) -> list[Noticed]:
    right, (low, high) = int(judged.correct.sum()), judged.interval
    accuracy = right / len(judged)
    found = [
        _say(
            "interval",
            right=right,
            total=len(judged),
            accuracy=share(accuracy),
            low=share(low),
            high=share(high),
        )
    ]
    found += _baseline(judged, accuracy) + _absent(judged) + _imbalance(run) + _overfitting(run)
    found += _validation_against_test(run, judged, accuracy) + _mistakes(judged) + _calibrated(judged, accuracy)
    return found


def _views(run: Run) -> list[Noticed]:
    views = run.info.get("views")
    if not views:
        return []
    once = views["metrics_of_one_look"]["test"]
    if "accuracy" not in once:
        values = {"with_views": format_number(run.metrics["mae"]), "without": format_number(once["mae"])}
        return [_say("views_value", count=NUM_VIEWS[views["views"]], **values)]
    with_views, without = share(run.metrics["accuracy"]), share(once["accuracy"])
    return [_say(f"views_{views['views']}", with_views=with_views, without=without)]


def _baseline(judged: JudgedSplit, accuracy: float) -> list[Noticed]:
    support = judged.matrix.sum(axis=1)
    most = int(support.argmax())
    frequent = float(support[most] / support.sum())
    if accuracy > frequent or frequent == 1:
        return []
    return [_say("baseline_bad", "warning", name=judged.class_names[most], share=share(frequent))]


def _absent(judged: JudgedSplit) -> list[Noticed]:
    names = [name for name, note in zip(judged.class_names, judged.classes["note"], strict=True) if note == "absent"]
    return [_say("absent", "warning", names=", ".join(names))] if names else []


def _imbalance(run: Run) -> list[Noticed]:
    counts = (run.info["dataset"].get("class_counts") or {}).get("train") or {}
    counts = {name: count for name, count in counts.items() if count}
    balanced = run.metrics.get("balanced_accuracy")
    if len(counts) < 2 or balanced is None:
        return []
    most, least = max(counts, key=counts.__getitem__), min(counts, key=counts.__getitem__)
    ratio = counts[most] / counts[least]
    if ratio < IMBALANCE_RATIO:
        return []
    return [
        _say(
            "imbalance",
            "warning",
            most=most,
            least=least,
            ratio=f"{ratio:.1f}",
            count=counts[least],
            balanced=share(balanced),
        )
    ]


def _overfitting(run: Run) -> list[Noticed]:
    history, best = run.history, run.info.get("best_epoch")
    row = history[history["epoch"] == best]
    if row.empty or not {"accuracy", "val_accuracy"} <= set(history):
        return []
    train, validation = float(row["accuracy"].iloc[0]), float(row["val_accuracy"].iloc[0])
    if not math.isfinite(train - validation):
        return []
    values: dict[str, Any] = {
        "train": share(train),
        "validation": share(validation),
        "gap": f"{100 * (train - validation):.1f}",
    }
    if train - validation > OVERFIT_GAP:
        return [_say("overfit", "warning", **values)]
    return [_say("no_overfit", "good", **values)]


def _validation_against_test(run: Run, judged: JudgedSplit, accuracy: float) -> list[Noticed]:
    validation = run.info["metrics"].get("validation", {}).get("accuracy")
    low, high = judged.interval
    # Inside twice the interval's half width the difference of two finite splits is nothing to speak of.
    if validation is None or abs(validation - accuracy) < high - low:
        return []
    gap = f"{100 * abs(validation - accuracy):.1f}"
    return [_say("validation_test", "warning", gap=gap, validation=share(validation), test=share(accuracy))]


def _mistakes(judged: JudgedSplit) -> list[Noticed]:
    pairs = most_confused(judged.matrix, judged.class_names, 1)
    if pairs.empty:
        return [_say("perfect", "warning" if len(judged) > 100 else "plain")]
    pair = pairs.iloc[0]
    found = [
        _say(
            "confused", true=pair["true"], predicted=pair["predicted"], count=pair["count"], share=share(pair["share"])
        )
    ]
    scores = judged.classes.dropna(subset=["f1"])
    if len(scores) > 2:
        worst = scores.sort_values("f1", kind="stable").iloc[0]
        mean = float(scores["f1"].mean())
        found.append(_say("weakest", name=worst["class"], f1=f"{worst['f1']:.3f}", mean=f"{mean:.3f}"))
    return found


def _calibrated(judged: JudgedSplit, accuracy: float) -> list[Noticed]:
    ece, mean = judged.calibration["ece"], float(judged.confidence.mean())
    values: dict[str, Any] = {"ece": f"{ece:.3f}", "confidence": share(mean), "accuracy": share(accuracy)}
    if ece <= CALIBRATED_ECE:
        return [_say("calibrated", "good", **values)]
    if mean - accuracy > CONFIDENCE_GAP:
        return [_say("overconfident", "warning", **values)]
    return [_say("underconfident" if accuracy - mean > CONFIDENCE_GAP else "uneven", "warning", **values)]


def _regression(run: Run) -> list[Noticed]:
    scores = run.metrics
    r2 = scores.get("r2", math.nan)
    values: dict[str, Any] = {
        "mae": format_number(scores["mae"]),
        "rmse": format_number(scores["rmse"]),
        "r2": share(r2),
    }
    return [_say("regression", **values)]


def _best_epoch(run: Run) -> list[Noticed]:
    best, epochs = run.info.get("best_epoch"), run.info.get("epochs_run") or len(run.history)
    if best is None or epochs < 2:
        return []
    if best >= epochs:
        return [_say("best_last", best=best, epochs=epochs)]
    return [_say("best_early", best=best, epochs=epochs, after=epochs - best)]


def _small_images(run: Run) -> list[Noticed]:
    """Tell where the kept weights are of an epoch before the images had grown to their size."""
    sizes = {int(epoch): side for epoch, side in (run.recipe.get("progressive_sizes") or {}).items()}
    if not sizes or run.info["best_epoch"] > max(sizes):
        return []
    if sizes[max(sizes)] != min(run.info["dataset"]["input_shape"][:2]):
        return []  # of a recipe that is refused today
    seen = sizes[max(epoch for epoch in sizes if epoch < run.info["best_epoch"])]
    return [_say("small_images", "warning", seen=seen, side=sizes[max(sizes)], epoch=max(sizes) + 1)]


def share(value: float) -> Text:
    """Return a share as a percentage in both languages."""
    return {language: percent(value, language) for language in LANGUAGES}


def _say(key: str, tone: str = "plain", **values: object) -> Noticed:
    return interface_texts().text(f"notice.{key}", **values), tone
