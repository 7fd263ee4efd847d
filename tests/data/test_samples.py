import io

import numpy as np
import pandas as pd
import pytest

from atolye.data.load import load_dataset
from atolye.data.samples import image_grid, sample_grid
from atolye.data.table import table_dataset


def saved(figure):
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    return figure


def test_images_with_their_labels_evenly_over_the_classes():
    dataset = load_dataset("digits")
    figure = saved(sample_grid(dataset, count=20, seed=1))
    titles = [axes.get_title() for axes in figure.axes]
    assert sorted(titles) == sorted([*"0123456789"] * 2)
    part = dataset.limit(20, seed=1).train
    shown = figure.axes[3].images[0].get_array()
    assert np.array_equal(shown, part.inputs[3, ..., 0])
    assert figure.axes[3].images[0].get_clim() == (0, 255)


def test_same_seed_same_images():
    dataset = load_dataset("digits")
    first, again, other = (sample_grid(dataset, count=5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.axes[0].images[0].get_array(), again.axes[0].images[0].get_array())
    assert not np.array_equal(first.axes[0].images[0].get_array(), other.axes[0].images[0].get_array())


def test_a_table_shows_histograms_by_class():
    rows = 60
    frame = pd.DataFrame({"price_$": np.arange(rows) % 7 + 0.5, "city": ["a", "b", "c"] * 20, "y": ["n", "m"] * 30})
    dataset = table_dataset(frame, "t.csv", target="y")
    figure = saved(sample_grid(dataset))
    assert len(figure.axes) == 2
    heights = sum(patch.get_height() for patch in figure.axes[1].patches)
    assert heights == len(dataset.train)
    saved(sample_grid(table_dataset(frame, "t.csv", target="price_$", task="regression")))


def test_colour_images_and_titles_of_two_lines():
    figure = saved(image_grid(np.zeros((9, 4, 4, 3), np.uint8), ["a\nb $x$"] * 9))
    assert len(figure.axes) == 9


def test_misuse_is_told():
    with pytest.raises(ValueError, match="count must be at least 1; received 0"):
        sample_grid(load_dataset("digits"), count=0)
    with pytest.raises(ValueError, match="one title an image; received 2 and 1"):
        image_grid(np.zeros((2, 4, 4, 1), np.uint8), ["a"])
