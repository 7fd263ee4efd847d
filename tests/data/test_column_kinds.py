import numpy as np
import pandas as pd
import pytest

from atolye.data.column_kinds import as_numbers, column_kinds

CITIES = ["Bursa", "Muş", "Rize"] * 10


def frame(**columns):
    return pd.DataFrame({"age": np.linspace(1, 9, 30), **columns})


def test_kinds_by_values():
    kinds, ignored = column_kinds(
        frame(city=CITIES, member=[True, False] * 15, maybe=[True, None, False] * 10, floor=[1, 2, 3] * 10)
    )
    assert kinds == {
        "age": "numeric",
        "city": "categorical",
        "member": "categorical",
        "maybe": "categorical",
        "floor": "numeric",
    }
    assert ignored == []


def test_useless_columns_are_left_out_with_a_reason():
    kinds, ignored = column_kinds(
        frame(
            row=range(30),
            name=[f"person {number}" for number in range(30)],
            empty=[None] * 30,
            constant=["x"] * 30,
        )
    )
    assert list(kinds) == ["age"]
    assert dict(ignored) == {
        "column 'row'": "counts the rows (row numbers)",
        "column 'name'": "looks like names or free text (30 different values in 30 rows)",
        "column 'empty'": "holds no value",
        "column 'constant'": "holds one value only: x",
    }


def test_a_value_or_nothing_is_information():
    assert column_kinds(frame(flag=["x", None] * 15))[0]["flag"] == "categorical"


def test_overrides_have_the_last_word():
    table = frame(name=[f"person {number}" for number in range(30)], floor=[1, 2, 3] * 10, city=CITIES)
    kinds, ignored = column_kinds(table, {"name": "categorical", "floor": "categorical", "city": "ignore"})
    assert kinds == {"age": "numeric", "name": "categorical", "floor": "categorical"}
    assert ignored == [("column 'city'", "left out on request")]


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-05", "2023-12-31"],
        ["05.01.2024", "31.12.2023"],
        ["1/5/24", None],
        ["2024-01-05T10:30:00Z", "2024-01-06 11:00"],
        ["5 Ocak 2024", "31 Dec 2023"],
    ],
)
def test_dates_are_refused_with_a_clear_word(dates):
    message = r"column 'joined' holds dates \(such as '.*'\).*column_kinds=\{'joined': 'ignore'\}"
    with pytest.raises(ValueError, match=message):
        column_kinds(frame(joined=dates * 15))
    assert "joined" not in column_kinds(frame(joined=dates * 15), {"joined": "ignore"})[0]


def test_unique_dates_are_refused_and_not_taken_for_names():
    days = pd.date_range("2024-01-01", periods=30).strftime("%Y-%m-%d")
    with pytest.raises(ValueError, match="holds dates"):
        column_kinds(frame(day=days))


def test_infinities_are_named():
    values = np.linspace(0, 1, 30)
    values[[4, 7]] = np.inf, -np.inf
    with pytest.raises(ValueError, match="column 'ratio' holds 2 infinite values, the first in row 4"):
        column_kinds(frame(ratio=values))


def test_a_few_words_among_numbers_are_named():
    values = [str(number) for number in range(29)] + ["?"]
    with pytest.raises(ValueError, match=r"column 'weight' must hold numbers; received '\?' in row 29"):
        column_kinds(frame(weight=values))
    assert column_kinds(frame(weight=values), {"weight": "ignore"})[0] == {"age": "numeric"}
    with pytest.raises(ValueError, match="received 'Bursa' in row 0"):
        column_kinds(frame(city=CITIES), {"city": "numeric"})


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"agee": "numeric"},
            r"names 'agee', which is no column of the table \(or is its target\)\. Did you mean 'age'",
        ),
        ({"age": "date"}, "kind of column 'age' must be one of numeric, categorical, ignore; received 'date'"),
        ({"age": "ignore"}, "no column to learn from"),
    ],
)
def test_overrides_that_cannot_be(overrides, message):
    with pytest.raises(ValueError, match=message):
        column_kinds(frame(), overrides)


def test_as_numbers_keeps_what_is_missing():
    assert np.array_equal(as_numbers(pd.Series(["1", None, "2.5"]), "a"), [1.0, np.nan, 2.5], equal_nan=True)
