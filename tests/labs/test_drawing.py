"""Charts of the labs."""

import numpy as np

from atolye.labs.drawing import draw_activations, draw_histograms, draw_intervals, draw_lines
from atolye.layers import ACTIVATIONS


def test_lines_have_names_and_start_at_epoch_one():
    axes = draw_lines({"a": [1.0, 2.0], "b": [3.0, 4.0]}, y_label="loss", y_log=True).axes[0]
    assert [line.get_label() for line in axes.lines] == ["a", "b"]
    assert axes.lines[0].get_xdata().tolist() == [1, 2]
    assert (axes.get_ylabel(), axes.get_yscale()) == ("loss", "log")


def test_histograms_share_their_axes():
    first, second = draw_histograms({"a": np.zeros(5), "b": np.ones((2, 2))}, bins=4).axes
    assert sum(bar.get_height() for bar in first.patches) == 5 and sum(bar.get_height() for bar in second.patches) == 4
    assert first.get_ylim() == second.get_ylim()


def test_every_activation_is_drawn_with_its_derivative():
    axes = draw_activations().axes
    assert [one.get_title() for one in axes] == list(ACTIVATIONS)
    relu = axes[list(ACTIVATIONS).index("relu")]
    assert relu.lines[1].get_ydata().max() == 4 and relu.lines[2].get_ydata().max() == 1


def test_wrong_predictions_are_marked():
    axes = draw_intervals([0.2, 0.9, 0.6], [0.1, 0.8, 0.5], [0.3, 1.0, 0.7], [0, 1, 0]).axes[0]
    right, wrong = axes.collections
    assert (len(right.get_segments()), len(wrong.get_segments())) == (2, 1)
    assert wrong.get_segments()[0].tolist() == [[1, 0.5], [1, 0.7]]
