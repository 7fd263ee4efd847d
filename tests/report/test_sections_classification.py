from pathlib import Path

from atolye.report.judged_split import JudgedSplit
from atolye.report.sections_classification import class_blocks, confusion_blocks, curve_blocks, mistake_blocks
from atolye.runs import Run


def test_the_confusion_picture_says_how_many_are_right(classification_run: Path) -> None:
    judged = JudgedSplit.of(Run(classification_run))
    picture = confusion_blocks(judged)[1]
    assert picture["alt"]["en"].startswith(f"Confusion matrix of 5 classes: {judged.correct.sum()} of 300")


def test_the_note_is_there_only_when_needed(classification_run: Path) -> None:
    judged = JudgedSplit.of(Run(classification_run))
    assert len(class_blocks(judged)[1]["columns"]) == 6
    without = JudgedSplit(judged.frame[judged.frame["target"] != 4], judged.class_names)
    table = class_blocks(without)[1]
    assert table["columns"][-1]["heading"]["en"] == "note"
    assert [row[-1]["en"] for row in table["rows"]] == [""] * 4 + ["no example in this split"]


def test_one_class_in_the_split_has_no_curves(classification_run: Path) -> None:
    judged = JudgedSplit.of(Run(classification_run))
    assert curve_blocks(JudgedSplit(judged.frame[judged.frame["target"] == 1], judged.class_names)) == []


def test_mistakes_name_the_example_and_both_classes(classification_run: Path) -> None:
    run = Run(classification_run)
    judged = JudgedSplit.of(run)
    table = mistake_blocks(run, judged)[-1]
    wrong = judged.frame[~judged.correct]
    surest = wrong.loc[wrong["confidence"].idxmax()]
    expected = [surest["id"], run.class_names[surest["target"]], run.class_names[surest["prediction"]]]
    assert table["rows"][0][:3] == expected
