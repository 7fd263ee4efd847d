import numpy as np
import pytest

from atolye.report.figures_confusion import confusion_figure


def test_counts_as_text_and_the_rows_share_as_shade() -> None:
    axes = confusion_figure(np.array([[3, 1], [0, 6]]), ["a", "b"]).axes[0]
    assert sorted(text.get_text() for text in axes.texts) == ["1", "3", "6"]
    assert sorted(patch.get_facecolor()[3] for patch in axes.patches) == pytest.approx([0.25, 0.75, 1.0])
    assert {text.get_text(): text.get_color() for text in axes.texts} == {"3": "white", "1": "black", "6": "white"}


def test_an_empty_row_does_not_divide_by_zero() -> None:
    assert len(confusion_figure(np.array([[2, 0], [0, 0]]), ["a", "b"]).axes[0].patches) == 1


def test_many_classes_have_no_numbers_and_very_many_no_names() -> None:
    axes = confusion_figure(np.eye(30, dtype=np.int64), [str(index) for index in range(30)]).axes[0]
    assert not axes.texts and len(axes.get_xticks()) == 30
    assert len(confusion_figure(np.eye(80, dtype=np.int64), ["x"] * 80).axes[0].get_xticks()) == 0


def test_names_are_shortened_and_never_formulas() -> None:
    axes = confusion_figure(np.eye(2, dtype=np.int64), ["$x^2$", "a very long name of a class"]).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["﹩x^2﹩", "a very long nam…"]
