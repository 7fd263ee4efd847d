import pandas as pd
import pytest

from atolye.labs.seed_table import seed_table


def history(*accuracies):
    return pd.DataFrame({"val_accuracy": accuracies, "loss": [1.0 - value for value in accuracies]})


def test_mean_and_spread_of_the_last_epoch_best_first():
    table = seed_table(
        {"worse": [history(0.9, 0.5), history(0.9, 0.7)], "better": [history(0.1, 0.8), history(0.1, 0.8)]}
    )
    assert list(table.index) == ["better", "worse"]
    assert table["val_accuracy"].tolist() == pytest.approx([0.8, 0.6])
    assert table["loss"].tolist() == pytest.approx([0.2, 0.4])
    assert table["spread"].tolist() == pytest.approx([0.0, 0.1 * 2**0.5])


def test_spread_of_one_seed_is_unknown():
    assert seed_table({"a": [history(0.5)]})["spread"].isna().all()


def test_metric_that_is_missing_is_named():
    with pytest.raises(ValueError, match="Received no 'auc' for 'a'"):
        seed_table({"a": [history(0.5)]}, by="auc")
