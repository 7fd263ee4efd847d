"""The Pareto front and its plot."""

import numpy as np
import pandas as pd
import pytest

from atolye.study import draw_pareto, pareto_front


def test_front_against_the_definition():
    random = np.random.default_rng(0)
    costs, scores = random.integers(0, 6, 40), random.integers(0, 6, 40)

    def beaten(one):
        return any(
            costs[other] <= costs[one]
            and scores[other] >= scores[one]
            and (costs[other] < costs[one] or scores[other] > scores[one])
            for other in range(40)
        )

    assert pareto_front(costs, scores).tolist() == [not beaten(one) for one in range(40)]


def test_direction_nan_and_lengths():
    assert pareto_front([1, 2, 3], [0.5, 0.4, 0.9], higher_is_better=False).tolist() == [True, True, False]
    assert pareto_front([1, 1, 2], [0.5, 0.5, np.nan]).tolist() == [True, True, False]
    with pytest.raises(ValueError, match="Received 1 costs and 2 scores; expected as many of both"):
        pareto_front([1], [1, 2])


def test_a_panel_a_cost():
    table = pd.DataFrame(
        {"mean": [0.8, 0.9, 0.7], "low": [0.7, 0.8, np.nan], "high": [0.9, 1.0, np.nan]}
        | {"parameters": [10, 1000, 20], "seconds": [1.0, 2.0, 3.0]},
        index=["a", "b", "c"],
    )
    left, right = draw_pareto(table, ["parameters", "seconds"], metric="accuracy").axes
    assert (left.get_xscale(), right.get_xscale()) == ("log", "linear")
    assert [text.get_text() for text in left.texts] == ["a", "b", "c"]
    assert left.lines[0].get_xdata().tolist() == [10, 1000]
    with pytest.raises(ValueError, match=r"Received a table without \['flops'\]; expected 'mean' and one cost or more"):
        draw_pareto(table, ["flops"], metric="accuracy")
