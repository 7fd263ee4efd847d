"""The table of a study, against SciPy and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from atolye.study import study_table
from atolye.study.table import default_metric, higher_is_better, number_columns

SCORES = {"plain": [0.90, 0.91, 0.92, 0.95], "wide": [0.92, 0.93, 0.95, 0.94]}


def results(scores=SCORES, **more):
    rows = [(name, seed, value) for name, values in scores.items() for seed, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["variant", "seed", "score"]).assign(**more)


def table(frame, variants=("plain", "wide"), baseline="plain"):
    return study_table(frame, metric="score", variants=variants, baseline=baseline)


def test_mean_interval_and_test_are_scipys():
    made = table(results())
    low, high = stats.t.interval(0.95, 3, np.mean(SCORES["wide"]), stats.sem(SCORES["wide"]))
    assert made.loc["wide", ["n", "mean", "low", "high"]].tolist() == pytest.approx([4, 0.935, low, high])
    assert made.loc["wide", "std"] == pytest.approx(np.std(SCORES["wide"], ddof=1))
    oracle = stats.ttest_rel(SCORES["wide"], SCORES["plain"])
    between = oracle.confidence_interval(0.95)
    assert made.loc["wide", ["gain", "gain_low", "gain_high", "p_value"]].tolist() == pytest.approx(
        [0.015, between.low, between.high, oracle.pvalue]
    )
    assert made.loc["plain", ["gain", "p_value"]].isna().all()


def test_pairs_are_the_seeds_that_both_have():
    frame = results().query("not (variant == 'wide' and seed == 0) and not (variant == 'plain' and seed == 3)")
    made = table(frame)
    oracle = stats.ttest_rel([0.93, 0.95], [0.91, 0.92])
    assert made.loc["wide", ["n", "gain", "p_value"]].tolist() == pytest.approx([3, 0.025, oracle.pvalue])


def test_too_few_seeds_say_nothing():
    one = table(results({"plain": [0.5], "wide": [0.75]}))
    assert one.loc["wide", "gain"] == 0.25
    assert one.loc["wide", ["std", "low", "high", "gain_low", "p_value"]].isna().all()
    none = table(results({"wide": [0.75, 0.5]}))
    assert none.loc["plain", "n"] == 0
    assert none.loc[["plain", "wide"], "gain"].isna().all()


def test_a_figure_that_is_no_number_makes_no_mean():
    made = table(results({"plain": [0.5, 0.6], "wide": [np.inf, 0.7]}))
    assert made.loc["wide", ["mean", "gain", "p_value"]].isna().all()


def test_costs_stand_at_the_end():
    made = table(results(seconds=1.5, parameters=100, note="x"))
    assert made.columns.tolist()[-2:] == ["parameters", "seconds"]
    assert made["parameters"].tolist() == [100, 100]


def test_figures_and_their_directions():
    assert number_columns(results(note="x", loss=0.5)) == ["score", "loss"]
    assert default_metric(["parameters", "f1", "val_rmse"]) == "val_rmse"
    assert default_metric(["parameters", "f1"]) == "f1"
    assert default_metric(["seconds"]) == "seconds"
    assert [higher_is_better(name) for name in ("auc", "val_log_loss", "error_rate", "flops")] == [True] + 3 * [False]
