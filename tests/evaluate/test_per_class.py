import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from atolye.evaluate import per_class


def test_equals_scikit_learn() -> None:
    generator = np.random.default_rng(5)
    targets = np.arange(120) % 4
    probabilities = generator.dirichlet(np.ones(4), 120)
    table = per_class(targets, probabilities, list("abcd"))
    expected = precision_recall_fscore_support(targets, probabilities.argmax(axis=1))
    for name, column in zip(["precision", "recall", "f1", "support"], expected, strict=True):
        assert table[name].to_numpy() == pytest.approx(column)
    assert table["note"].tolist() == [""] * 4


def test_absent_and_never_predicted_are_said_and_not_zero() -> None:
    # Class 2 is in no example, class 1 is never predicted.
    table = per_class([0, 1], [[0.9, 0.1, 0.0], [0.8, 0.2, 0.0]], ["a", "b", "c"])
    assert table["note"].tolist() == ["", "never_predicted", "absent"]
    assert np.isnan(table["precision"][1]) and table["recall"][1] == 0.0 and table["f1"][1] == 0.0
    assert table.loc[2, ["precision", "recall", "f1"]].isna().all()
    assert table["precision"][0] == 0.5 and table["f1"][0] == pytest.approx(2 / 3)


def test_an_absent_class_that_is_predicted_has_precision_zero() -> None:
    table = per_class([0, 0], [[0.9, 0.1], [0.2, 0.8]], ["a", "b"])
    assert table["precision"][1] == 0.0 and np.isnan(table["recall"][1]) and table["note"][1] == "absent"


def test_one_name_a_class() -> None:
    with pytest.raises(ValueError, match="Received 1 class names for 2 classes"):
        per_class([0, 1], [0.1, 0.9], ["only"])
