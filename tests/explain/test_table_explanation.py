"""What an explanation checks, sorts and draws."""

import pytest

from atolye.explain.shapley import explain_table


def test_values_are_additive_and_the_gap_sees_a_wrong_value(table, triples):
    x, background = table
    explanation = explain_table(triples, x, background, method="builtin", output_names=("no", "yes"))
    assert explanation.additivity_gap < 1e-12
    assert explanation.method == "builtin" and explanation.output_names == ("no", "yes")
    explanation.values[0, 0, 0] += 0.25
    assert explanation.additivity_gap == pytest.approx(0.25)


def test_importance_sorts_and_figures_draw(table, pairs):
    x, background = table
    explanation = explain_table(pairs, x, background, method="builtin", feature_names=list("abcd"))
    importance = explanation.importance()
    assert importance["importance"].is_monotonic_decreasing
    assert set(importance["feature"]) == set("abcd")
    bars = explanation.bar_figure(max_features=2).axes[0]
    assert [label.get_text() for label in bars.get_yticklabels()] == importance["feature"][:2][::-1].tolist()
    dots = explanation.beeswarm_figure().axes[0]
    assert len(dots.collections) == 4 and all(len(dot.get_offsets()) == 3 for dot in dots.collections)
