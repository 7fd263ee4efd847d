import numpy as np
import pandas as pd
import pytest

from atolye.data.table_values import canonical, words


def test_the_same_value_is_the_same_word_however_the_column_was_read():
    assert words(pd.Series([1, 2])).tolist() == words(pd.Series([1.0, 2.0])).tolist() == ["1", "2"]
    assert words(pd.Series(["1", " 2 "])).tolist() == ["1", "2"]
    assert words(pd.Series([True, None], dtype=object)).tolist()[0] == "True"


def test_missing_stays_missing():
    for column in (pd.Series([1.5, np.nan]), pd.Series(["a", None]), pd.Series([None, None], dtype=object)):
        assert words(column).isna().tolist() == column.isna().tolist()


def test_canonical_keeps_order_and_index_and_passes_over_others():
    frame = pd.DataFrame({"b": ["x"], "extra": [0], "a": ["1"]}, index=[7])
    result = canonical(frame, {"a": "numeric", "b": "categorical"})
    assert result.columns.tolist() == ["a", "b"] and result.index.tolist() == [7]
    assert result["a"].dtype == np.float64 and result["b"].dtype == object


def test_a_column_that_is_missing_is_named():
    message = r"lacks 1 of 2 columns that were learned from: 'age'\. Did you mean 'Age'\?"
    with pytest.raises(ValueError, match=message):
        canonical(pd.DataFrame({"Age": [1], "b": [1]}), {"age": "numeric", "b": "numeric"})
