"""Counting, drift, savings and rules by hand; forgetting and the cache run in the lab's own test."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from atolye.labs.hafta2_cumartesi import uygulama_04_comparisons as comparisons
from atolye.train.same_start import snapshot


def small():
    inputs = keras.Input((4,))
    x = layers.BatchNormalization(momentum=0.5, name="first")(inputs)
    x = layers.BatchNormalization(momentum=0.5, name="second")(layers.Dense(3)(x))
    return keras.Model(inputs, x)


def test_the_order_of_unfreezing_decides_whether_norms_train():
    table = comparisons.count_unfrozen(small()).set_index("order")
    assert table["norms"].tolist() == [0, 0, 2]
    assert table["weights"].tolist() == [0, 2, 6]


def test_drift_is_in_standard_deviations_over_all_channels():
    model = small()
    before = snapshot(model.variables)
    assert comparisons.norm_drift(model, before) == 0.0
    norm = model.get_layer("first")
    norm.moving_mean.assign([1.0, -1.0, 0.0, 0.0])
    root = np.sqrt(1 + norm.epsilon)
    assert comparisons.norm_drift(model, before) == pytest.approx(2 / root / 7)  # 4 + 3 channels


@pytest.mark.parametrize(("pass_seconds", "pays_from", "whole"), [(2.0, 1.0, 2.0), (8.0, 4.0, 1.0)])
def test_savings_count_the_pass(pass_seconds, pays_from, whole):
    rows = {"pass_seconds": [pass_seconds, np.nan], "epoch_seconds": [1.0, 3.0], "loss": [0.5, 0.75]}
    found = comparisons.savings(pd.DataFrame(rows, index=["cached", "uncached"]), epochs=4)
    assert (found["factor"], found["pays_from"], found["whole"]) == (3.0, pays_from, whole)
    assert found["gap"] == 0.25


def test_a_slower_cache_never_pays():
    rows = {"pass_seconds": [1.0, np.nan], "epoch_seconds": [3.0, 2.0], "loss": [0.5, 0.5]}
    found = comparisons.savings(pd.DataFrame(rows, index=["cached", "uncached"]), epochs=2)
    assert found["pays_from"] == float("inf") and found["factor"] < 1


def test_confidence_is_told_for_right_and_wrong_answers():
    frame = pd.DataFrame({"target": [0, 1, 1, 2], "prediction": [0, 1, 0, 0], "confidence": [0.95, 0.75, 0.6, 0.91]})
    table = comparisons.right_and_wrong(frame).set_index("answer")
    assert table["count"].tolist() == [2, 2] and table["sure"].tolist() == [0.5, 0.5]
    assert table["mean"].tolist() == pytest.approx([0.85, 0.755])


def test_without_a_mistake_the_row_of_mistakes_is_empty():
    frame = pd.DataFrame({"target": [0], "prediction": [0], "confidence": [0.95]})
    table = comparisons.right_and_wrong(frame).set_index("answer")
    assert table.loc["wrong", "count"] == 0 and np.isnan(table.loc["wrong", "mean"])


def test_rules_go_from_the_head_alone_to_all():
    table = comparisons.rules().set_index("amount")
    assert table.loc["few", "high"] == "head" and table.loc["many", "low"] == "all"
    assert list(table.columns) == ["high", "medium", "low"]
