import pandas as pd

from atolye.labs.pairs import draw_pairs


def test_each_seed_is_a_line_over_the_columns():
    scores = pd.DataFrame({"plain": [0.9, 0.8], "all": [0.95, 0.7]}, index=[3, 4])
    axes = draw_pairs(scores, y_label="test accuracy").axes[0]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[0.9, 0.95], [0.8, 0.7]]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["plain", "all"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["3", "4"]
    assert axes.get_ylabel() == "test accuracy"
