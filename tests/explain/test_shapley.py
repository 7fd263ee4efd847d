"""`explain_table`: frames of any kind, both methods, and refusals."""

import sys

import numpy as np
import pandas as pd
import pytest

from atolye.errors import MissingExtraError
from atolye.explain.shapley import explain_table


def test_frames_keep_types_categories_and_missing_values():
    frame = pd.DataFrame(
        {
            "age": [20, 40, 60, 80],
            "city": pd.Categorical(["Van", "Bursa", "Van", None]),
            "note": ["a", None, "b", "a"],
            "score": [0.5, np.nan, 1.5, 2.5],
        }
    )
    seen = []

    def predict(rows):
        seen.append(rows.dtypes.to_dict())
        return rows["age"] + 10 * (rows["city"] == "Van") + rows["score"].isna() + 3 * rows["note"].isna()

    explanation = explain_table(predict, frame.iloc[1:2], frame, method="builtin")
    assert all(kinds == frame.dtypes.to_dict() for kinds in seen)
    np.testing.assert_allclose(explanation.values, [[-10.0, -5.0, 2.25, 0.75]])
    assert explanation.feature_names == ("age", "city", "note", "score")


def test_shap_that_is_missing_is_named(table, monkeypatch, pairs):
    monkeypatch.setitem(sys.modules, "shap", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'atolye\[shap\]'"):
        explain_table(pairs, *table, method="shap")


def test_shap_agrees_with_the_enumeration(table, pairs, exact_shapley):
    pytest.importorskip("shap")
    x, background = table
    explanation = explain_table(pairs, x, background)
    assert explanation.method == "shap" and explanation.additivity_gap < 1e-9
    expected = np.stack([exact_shapley(pairs, row, background) for row in x])
    np.testing.assert_allclose(explanation.values, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "deep"}, "method must be 'auto', 'shap' or 'builtin'; received 'deep'"),
        ({"x": np.zeros(4)}, r"same columns; received shapes \(4,\) and \(7, 4\). Slice one row as x\[:1\]"),
        ({"x": np.zeros((2, 3))}, r"received shapes \(2, 3\) and \(7, 4\)"),
        ({"background": np.zeros((0, 4))}, "must hold rows; received 3 and 0"),
        ({"num_permutations": 0}, "num_permutations must be at least 1; received 0"),
        ({"feature_names": ["a"]}, "feature_names must hold 4 names; received 1"),
        ({"predict": lambda rows: 1.0}, r"received shape \(\) for"),
        ({"x": pd.DataFrame({"a": [1]})}, r"background must be a DataFrame with the columns of x, \['a'\]"),
    ],
)
def test_bad_input_is_refused(table, change, message, pairs):
    arguments = {"predict": pairs, "x": table[0], "background": table[1], "method": "builtin"} | change
    with pytest.raises(ValueError, match=message):
        explain_table(**arguments)
