import json

import numpy as np
import pandas as pd
import pytest

from atolye.data.builtin import breast_cancer
from atolye.data.table_encoder import TableEncoder
from atolye.data.table_values import canonical

COLUMNS = {"age": "numeric", "city": "categorical", "height": "numeric", "floor": "categorical"}


def people(rows, seed=0, missing=0.2):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 9, rows),
            "city": random.choice(["Bursa", "Muş", "İzmir"], rows),
            "height": random.normal(170, 10, rows),
            "floor": random.integers(0, 3, rows),
        }
    )
    for column in ("age", "city"):
        frame[column] = frame[column].mask(random.random(rows) < missing)
    return frame


def through_json(encoder):
    return TableEncoder.from_dict(json.loads(json.dumps(encoder.to_dict())))


def test_features_by_hand():
    frame = pd.DataFrame({"age": [10.0, 20.0, np.nan, 60.0], "city": ["b", "a", None, "a"]})
    encoder = TableEncoder().fit(frame, {"age": "numeric", "city": "categorical"})
    assert encoder.feature_names == ["age", "age_missing", "city_a", "city_b", "city_missing"]
    # Median of 10, 20, 60 is 20; of the filled 10, 20, 20, 60 the mean is 27.5 and the variance 368.75.
    scaled = (np.array([10, 20, 20, 60]) - 27.5) / np.sqrt(368.75)
    expected = np.column_stack([scaled, [0, 0, 1, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0]])
    assert np.allclose(encoder.transform(frame), expected, atol=1e-6)
    assert encoder.transform(frame).dtype == np.float32


def test_same_numbers_as_scikit_learn_and_after_json():
    encoder = TableEncoder().fit(people(200), COLUMNS)
    new = people(100, seed=1)
    new.loc[0, "city"] = "unseen"
    features = encoder.transform(new)
    reference = encoder.column_transformer.transform(canonical(new, COLUMNS))
    assert features.shape == (100, len(encoder.feature_names)) == (100, 10)
    assert np.abs(features - reference).max() <= 1e-6
    assert np.array_equal(through_json(encoder).transform(new), features)


def test_breast_cancer_through_json_equals_scikit_learn():
    dataset = breast_cancer()
    encoder = TableEncoder().fit(dataset.train.inputs, dataset.columns)
    reference = encoder.column_transformer.transform(dataset.test.inputs)
    assert np.abs(through_json(encoder).transform(dataset.test.inputs) - reference).max() <= 1e-6
    train = encoder.transform(dataset.train.inputs)
    assert np.abs(train.mean(0)).max() < 1e-4 and np.abs(train.std(0) - 1).max() < 1e-4


def test_unseen_categories_are_zeros_and_missing_unseen_too():
    frame = pd.DataFrame({"city": ["a", "b"]})
    encoder = TableEncoder().fit(frame, {"city": "categorical"})
    assert encoder.transform(pd.DataFrame({"city": ["c", None, "a"]})).tolist() == [[0, 0], [0, 0], [1, 0]]


def test_a_category_read_as_another_type_is_the_same_category():
    encoder = TableEncoder().fit(pd.DataFrame({"floor": [1, 2]}), {"floor": "categorical"})
    for values in ([1.0, 2.0], ["1", "2"], [1, 2]):
        assert encoder.transform(pd.DataFrame({"floor": values})).tolist() == [[1, 0], [0, 1]]


def test_a_column_without_values_or_without_spread_gives_numbers():
    frame = pd.DataFrame({"empty": [np.nan, np.nan], "same": [5.0, 5.0]})
    encoder = TableEncoder().fit(frame, {"empty": "numeric", "same": "numeric"})
    assert encoder.transform(frame).tolist() == [[0, 0, 1], [0, 0, 1]]
    assert np.isfinite(through_json(encoder).transform(pd.DataFrame({"empty": [3.0], "same": [7.0]}))).all()


def test_missing_in_a_column_that_never_lacked_is_the_median():
    encoder = TableEncoder().fit(pd.DataFrame({"a": [0.0, 10.0, 20.0]}), {"a": "numeric"})
    assert encoder.feature_names == ["a"]
    assert encoder.transform(pd.DataFrame({"a": [np.nan]})).tolist() == [[0.0]]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (people(3).drop(columns="height"), "lacks 1 of 4 columns that were learned from: 'height'"),
        (people(3).assign(age="old"), "column 'age' must hold numbers; received 'old' in row 0"),
        (people(3).assign(age=np.inf), "column 'age' holds 3 infinite values"),
    ],
)
def test_rows_that_do_not_fit_are_refused(frame, message):
    encoder = TableEncoder().fit(people(50), COLUMNS)
    with pytest.raises(ValueError, match=message):
        through_json(encoder).transform(frame)


def test_misuse_is_told():
    with pytest.raises(ValueError, match="learned nothing yet. Call fit"):
        TableEncoder().transform(people(2))
    with pytest.raises(ValueError, match="received 0 rows and 4 columns"):
        TableEncoder().fit(people(0), COLUMNS)
    with pytest.raises(ValueError, match="no description of a table encoder"):
        TableEncoder.from_dict({"format": 1})
    with pytest.raises(ValueError, match="has format 9; this atolye reads 1"):
        TableEncoder.from_dict({"format": 9})


def test_no_rows_give_no_features():
    encoder = TableEncoder().fit(people(50), COLUMNS)
    assert encoder.transform(people(50).iloc[:0]).shape == (0, 10)
