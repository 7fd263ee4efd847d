import numpy as np
import pandas as pd
import pytest

from atolye.data.load import load_dataset
from atolye.data.table import infer_task, table_dataset


def people(rows=60, **columns):
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": random.normal(40, 9, rows),
            "city": random.choice(["Bursa", "Muş"], rows),
            "bought": np.where(np.arange(rows) % 3 == 0, "yes", "no"),
            **columns,
        }
    )


def test_csv_to_dataset(tmp_path):
    table = people()
    table.to_csv(tmp_path / "people.csv", index=False)
    dataset = load_dataset(tmp_path / "people.csv", target="bought")
    assert (dataset.name, dataset.kind, dataset.task) == ("people", "table", "classification")
    assert dataset.class_names == ("no", "yes")
    assert dataset.columns == {"age": "numeric", "city": "categorical"}
    assert dataset.class_counts()["test"] == {"no": 6, "yes": 3}
    for row, target in zip(dataset.test.ids, dataset.test.targets, strict=True):
        assert table["bought"][int(row)] == dataset.class_names[target]
        assert dataset.test.inputs["city"][int(row)] == table["city"][int(row)]
    assert dataset.input_shape == (2,)


def test_rows_without_a_target_and_useless_columns_are_reported():
    table = people(row=range(60))
    table.loc[[3, 9], "bought"] = None
    dataset = table_dataset(table, "t.csv", target="bought")
    assert dataset.excluded == (
        ("rows 3, 9", "2 without a value of the target 'bought'"),
        ("column 'row'", "counts the rows (row numbers)"),
    )
    assert sum(len(part) for part in dataset.splits.values()) == 58
    assert "3" not in np.concatenate([part.ids for part in dataset.splits.values()])


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 5, "classification"),
        ([True, False] * 5, "classification"),
        ([0, 1] * 5, "classification"),
        ([0.0, 1.0] * 5, "classification"),
        (list(range(20)), "classification"),
        (list(range(21)), "regression"),
        ([0.5, 1.0] * 5, "regression"),
    ],
)
def test_task_by_target(values, task):
    assert infer_task(pd.Series(values)) == task


def test_regression_has_float_targets_and_no_classes():
    table = people()
    dataset = table_dataset(table, "t.csv", target="age")
    assert dataset.task == "regression" and dataset.class_names == ()
    assert dataset.train.targets.dtype == np.float32
    assert [len(part) for part in dataset.splits.values()] == [42, 9, 9]
    row = int(dataset.test.ids[0])
    assert dataset.test.targets[0] == np.float32(table["age"][row])


def test_task_is_overridable_and_number_classes_are_in_order():
    table = people(stars=[1, 2, 10] * 20)
    assert table_dataset(table, "t.csv", target="stars").class_names == ("1", "2", "10")
    assert table_dataset(table, "t.csv", target="stars", task="regression").train.targets.max() == 10.0


def test_equal_rows_never_lie_in_two_splits():
    table = pd.concat([people(40), people(40).iloc[:20]], ignore_index=True)
    dataset = table_dataset(table, "t.csv", target="bought")
    train, validation, test = (set(part.inputs["age"]) for part in dataset.splits.values())
    assert not (train & validation or train & test or validation & test)


@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({}, {}, r"t\.csv needs a target \(--target\): the column to learn, one of age, city, bought"),
        ({}, {"target": "bougth"}, r"no column 'bougth' to take as target\. Did you mean 'bought'\? Columns: age"),
        ({"bought": "yes"}, {"target": "bought"}, "the target 'bought' has one value only: yes"),
        ({"bought": None}, {"target": "bought"}, "the target 'bought' of t.csv is empty in every row"),
        ({"age": np.inf}, {"target": "bought", "kinds": {"age": "numeric"}}, "column 'age' holds 60 infinite values"),
        ({"score": [np.inf, 1.5, 2.5] * 20}, {"target": "score"}, "column 'score' holds 20 infinite values"),
        ({}, {"target": "city", "task": "regression"}, "column 'city' must hold numbers; received"),
        (
            {},
            {"target": "city", "task": "ranking"},
            "task must be 'classification' or 'regression'; received 'ranking'",
        ),
        ({"bought": ["yes"] + ["no"] * 59}, {"target": "bought"}, "class 'yes' has 1"),
        ({"day": ["2024-01-01", "2024-02-03"] * 30}, {"target": "bought"}, "column 'day' holds dates"),
    ],
)
def test_tables_that_cannot_be_used(changes, arguments, message):
    with pytest.raises(ValueError, match=message):
        table_dataset(people(**changes), "t.csv", **arguments)
