"""The picture of forgetting."""

import pandas as pd
import pytest

from atolye.transfer import draw_forgetting

COLUMNS = ["learning_rate", "strategy", "epoch", "target_accuracy", "source_accuracy"]
ROWS = [
    *((0.01, "full", 0, 0.2, 0.9), (0.01, "full", 1, 0.8, 0.5)),
    *((0.001, "full", 0, 0.2, 0.9), (0.001, "full", 1, 0.6, 0.8)),
    *((0.01, "feature_extraction", 0, 0.2, 0.9), (0.01, "feature_extraction", 1, 0.5, 0.9)),
]


def test_lines_by_epoch_and_points_of_gain_and_loss():
    left, right = draw_forgetting(pd.DataFrame(ROWS, columns=COLUMNS)).axes
    assert [line.get_ydata().tolist() for line in left.lines] == [[0.9, 0.5], [0.9, 0.8], [0.9, 0.9]]
    points = [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in right.lines[1:4]]
    assert points == [pytest.approx(pair) for pair in ((60, 40), (40, 10), (30, 0))]
    # one colour a strategy, one marker a learning rate
    colours, markers = zip(*((line.get_color(), line.get_marker()) for line in left.lines), strict=True)
    assert colours[0] == colours[1] != colours[2] and markers[0] == markers[2] != markers[1]
    texts = [text.get_text() for text in right.get_legend().get_texts()]
    assert texts == ["full", "feature_extraction", "0.01", "0.001"]


def test_labels_are_the_callers_and_no_rows_are_an_error():
    figure = draw_forgetting(pd.DataFrame(ROWS, columns=COLUMNS), lost_label="kaynakta kayıp")
    assert figure.axes[1].get_ylabel() == "kaynakta kayıp"
    with pytest.raises(ValueError, match="Received no rows"):
        draw_forgetting(pd.DataFrame(columns=COLUMNS))
