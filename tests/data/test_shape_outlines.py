import numpy as np
import pytest

from atolye.data.shape_outlines import OUTLINES

CELL = 0.005
_line = np.arange(-1.5, 1.5, CELL, dtype=np.float32) + CELL / 2
U, V = np.meshgrid(_line, _line)


def _area(name):
    return float((OUTLINES[name](U, V) > 0).sum() * CELL**2)


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("disc", np.pi * 0.80**2),
        ("ring", np.pi * (0.94**2 - 0.46**2)),
        ("square", 1.4**2),
        ("bar", 2.16 * 0.72),
        ("cross", 2 * 1.90 * 0.58 - 0.58**2),
        ("triangle", 3 * np.sqrt(3) * 0.54**2),  # by the radius of the inscribed circle
        ("star", 10 * 0.5 * 1.12 * 0.48 * np.sin(np.pi / 5)),  # ten triangles from the centre
    ],
)
def test_area_is_the_geometrical_one(name, area):
    assert _area(name) == pytest.approx(area, rel=0.01)


@pytest.mark.parametrize("name", sorted(OUTLINES))
def test_the_field_grows_by_one_per_unit_at_the_edge(name):
    field = OUTLINES[name](U, V)
    slope = np.hypot(*np.gradient(field, CELL))[np.abs(field) < 2 * CELL]
    assert np.median(slope) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("name", sorted(OUTLINES))
def test_outlines_lie_around_their_centre_and_within_reach(name):
    inside = OUTLINES[name](U, V) > 0
    assert abs(U[inside].mean()) < 0.1 and abs(V[inside].mean()) < 0.1
    assert np.hypot(U, V)[inside].max() < 1.2
