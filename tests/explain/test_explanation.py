"""Raw and shown maps, flat ones with their reasons, never NaN; files and figures."""

import numpy as np
import pytest
from PIL import Image

from atolye.explain.explanation import make_explanation

IMAGES = np.random.default_rng(0).integers(0, 255, (4, 2, 3, 3)).astype("float32")
MAPS = np.array(
    [[[1, 2, 4], [-8, 0, 0]], [[-1, -2, -3], [-1, 0, -1]], [[5, 5, 5], [5, 5, 5]], [[np.nan, 1, 2], [0, 0, 0]]],
    "float32",
)


def explanation(**options):
    return make_explanation(
        "grad_cam", IMAGES, MAPS, np.array([3, 1, 0, 2]), np.array([0.5, 0.25, 1, np.nan]), **options
    )


def test_shown_maps_are_the_evidence_for():
    found = explanation()
    np.testing.assert_array_equal(found.normalised[0], [[0.25, 0.5, 1], [0, 0, 0]])
    np.testing.assert_array_equal(explanation(magnitude=True).normalised[0], np.abs(MAPS[0]) / 8)
    assert np.isfinite(found.maps).all() and np.isfinite(found.scores).all()


def test_flat_maps_have_reasons():
    found = explanation(layer="conv")
    assert found.flat.tolist() == [False, True, True, True]
    assert not found.normalised[1:].any()
    assert found.reasons[1:] == (
        "nothing at layer 'conv' speaks for class 1: every value is 0 or below; look at the raw map",
        "layer 'conv' tells no place from another: every value is 5",
        "the model's answer or its gradient is not finite",
    )


def test_some_of_the_images():
    some = explanation(details={"x": np.arange(4)}).take([2, 0])
    assert (some.targets.tolist(), some.details["x"].tolist(), some.reasons[1]) == ([0, 3], [2, 0], None)
    np.testing.assert_array_equal(some.maps[1], MAPS[0])


def test_files(tmp_path):
    found = explanation()
    paths = found.save(tmp_path / "new", ["a", "b", "c", "d"])
    assert [path.name for path in paths[:3]] == ["a.png", "a.npy", "b.png"]
    np.testing.assert_array_equal(np.load(paths[1]), MAPS[0])
    np.testing.assert_array_equal(np.asarray(Image.open(paths[0])), found.overlay()[0])
    with pytest.raises(ValueError, match="Received 2 names for 4 images"):
        found.save(tmp_path, ["a", "b", "b", "a"])


def test_a_figure_holds_each_image_and_its_overlay():
    figure = explanation().figure(titles=["one", "two $", "three", "four"])
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["one", r"two \$ (flat)", "three (flat)", "four (flat)"]
    pair = figure.axes[0].images[0].get_array()
    np.testing.assert_array_equal(pair[:, :3], IMAGES[0])
    np.testing.assert_array_equal(pair[:, 4:], explanation().overlay()[0])
    figure.draw_without_rendering()
