import itertools

import pytest
from matplotlib.patches import FancyBboxPatch

from atolye.report.figure_file import figure_svg
from atolye.report.model_graph import draw_model_graph


def node(name, kind="Dense", shape="8", parameters=0):
    return {"id": name, "name": name, "type": kind, "shape": shape, "parameters": parameters}


NODES = [
    node("in", "Input"),
    node("left"),
    node("right"),
    node("deep"),
    node("sum", "Add", "1,024", 1234567),
    node("end"),
]
EDGES = [
    ("in", "left"),
    ("in", "right"),
    ("right", "deep"),
    ("left", "sum"),
    ("deep", "sum"),
    ("in", "sum"),
    ("sum", "end"),
]


def boxes(figure):
    return [patch for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]


def test_boxes_do_not_touch_and_stay_inside():
    figure = draw_model_graph(NODES, EDGES)
    width, height = figure.get_size_inches()
    found = boxes(figure)
    assert len(found) == len(NODES)
    for box in found:
        assert 0 <= box.get_x() and box.get_x() + box.get_width() <= width + 1e-9
        assert 0 <= box.get_y() and box.get_y() + box.get_height() <= height
    for a, b in itertools.combinations(found, 2):
        apart = abs(a.get_x() - b.get_x()) >= a.get_width() or abs(a.get_y() - b.get_y()) >= a.get_height()
        assert apart


def test_branches_stand_side_by_side_and_sources_above_targets():
    figure = draw_model_graph(NODES, EDGES)
    place = {n["id"]: box for n, box in zip(NODES, boxes(figure), strict=True)}
    assert place["left"].get_y() == place["right"].get_y()
    assert place["left"].get_x() != place["right"].get_x()
    for source, target in EDGES:
        assert place[source].get_y() < place[target].get_y()


def test_words_and_colours_for_the_page():
    svg = figure_svg(draw_model_graph(NODES, EDGES))
    assert "Add  ·  1,024  ·  1,234,567" in svg.replace("\u00a0", " ")
    figure = draw_model_graph(NODES, EDGES)
    assert {text.get_color() for text in figure.axes[0].texts} == {"black"}  # the page's own text colour


def test_a_chain_is_straight():
    names = "abcdefgh"
    figure = draw_model_graph([node(name) for name in names], list(itertools.pairwise(names)))
    assert len({round(box.get_x(), 6) for box in boxes(figure)}) == 1


def test_bad_graphs():
    with pytest.raises(ValueError, match="Received no nodes"):
        draw_model_graph([], [])
    with pytest.raises(ValueError, match=r"Received the edge \('a', 'b'\); expected ids among the nodes"):
        draw_model_graph([node("a")], [("a", "b")])
