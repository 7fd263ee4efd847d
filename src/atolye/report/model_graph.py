"""A drawing of a model's graph, without Graphviz: boxes in layers from top to bottom, branches side by side."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path

from atolye.report.chart import FAINT, SERIES, STYLE

_BOX_HEIGHT = 0.46  # inches, as all lengths here
_ROW = 0.74
_GAP = 0.3
_CHARACTER = 0.075  # width of a letter at 8 points
_KINDS = (
    ("Input", 8),
    ("Dense", 0),
    ("Conv", 0),
    ("Normalization", 2),
    ("Dropout", 1),
    ("Pool", 5),
    ("Add", 4),
    ("Concatenate", 4),
    ("Average", 4),
    ("Multiply", 4),
)


def draw_model_graph(nodes: Sequence[dict[str, Any]], edges: Sequence[tuple[str, str]]) -> Figure:
    """Draw a graph of layers: each a box with its name, type, output shape and number of parameters.

    Use it on what `atolye.profile.graph.model_graph` returns, to see branches, skip connections and heads at a glance.

    Reference: Sugiyama, Tagawa & Toda (1981), Methods for Visual Understanding of Hierarchical System Structures,
        https://doi.org/10.1109/TSMC.1981.4308636: layers by longest path, order by the mean place of the neighbours.

    Args:
        nodes: dictionaries with `id`, `name`, `type`, `shape`, `parameters`, sources before their targets.
        edges: pairs of ids, from source to target.

    Returns:
        A matplotlib figure as large as the graph needs.

    Raises:
        ValueError: when there is no node, or an edge names one that is not there.

    Example:
        >>> node = {"id": "a", "name": "a", "type": "Dense", "shape": "4", "parameters": 20}
        >>> figure = draw_model_graph([node, node | {"id": "b", "name": "b"}], [("a", "b")])
        >>> len(figure.axes[0].texts)
        4
    """
    known = {node["id"] for node in nodes}
    if not nodes:
        raise ValueError("Received no nodes; expected a model with at least one layer.")
    for edge in edges:
        if not known.issuperset(edge):
            raise ValueError(f"Received the edge {edge}; expected ids among the nodes.")
    chains = _chains(nodes, edges)
    rows = _rows(nodes, edges, chains)
    width = max(_box_width(node) for node in nodes)
    places, total = _places(rows, chains, {node["id"] for node in nodes}, width)
    height = len(rows) * _ROW
    with mpl.rc_context(STYLE | {"figure.constrained_layout.use": False}):
        figure = Figure(figsize=(total, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, total), ylim=(height, 0))
        axes.set_axis_off()
        for chain in chains:
            _draw_edge(axes, [places[name] for name in chain])
        for node in nodes:
            _draw_node(axes, node, places[node["id"]], width)
    return figure


def _levels(nodes: Sequence[dict[str, Any]], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the row of each node: one below its lowest source; an input right above its first target."""
    sources, targets = defaultdict(list), defaultdict(list)
    for source, target in edges:
        sources[target].append(source)
        targets[source].append(target)
    level: dict[str, int] = {}
    for node in nodes:
        name = node["id"]
        level[name] = max((level[source] + 1 for source in sources[name]), default=0)
    for node in nodes:
        name = node["id"]
        if not sources[name] and targets[name]:
            level[name] = max(0, min(level[target] for target in targets[name]) - 1)
    return level


def _chains(nodes: Sequence[dict[str, Any]], edges: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return each edge with a waypoint in every row that it crosses, so that it can be led around boxes."""
    level = _levels(nodes, edges)
    chains = []
    for source, target in edges:
        between = [f"{source}\n{target}\n{row}" for row in range(level[source] + 1, level[target])]
        chains.append([source, *between, target])
    return chains


def _rows(
    nodes: Sequence[dict[str, Any]], edges: Sequence[tuple[str, str]], chains: Sequence[Sequence[str]]
) -> list[list[str]]:
    """Return the names in each row, ordered so that edges cross little."""
    level = _levels(nodes, edges)
    for chain in chains:
        for step, name in enumerate(chain[1:-1], 1):
            level[name] = level[chain[0]] + step
    rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for name, row in level.items():
        rows[row].append(name)
    above, below = defaultdict(list), defaultdict(list)
    for chain in chains:
        for upper, lower in zip(chain, chain[1:], strict=False):
            above[lower].append(upper)
            below[upper].append(lower)
    for sweep in range(8):
        neighbours, order = (above, rows) if sweep % 2 == 0 else (below, rows[::-1])
        place = {name: index for names in rows for index, name in enumerate(names)}
        for names in order:
            names.sort(key=lambda name: _mean([place[other] for other in neighbours[name]], place[name]))
            place.update({name: index for index, name in enumerate(names)})
    return rows


def _places(
    rows: Sequence[Sequence[str]], chains: Sequence[Sequence[str]], boxes: set[str], width: float
) -> tuple[dict[str, tuple[float, float]], float]:
    """Return the centre of each box and waypoint, and the width of the drawing."""
    spaces = {name: width + _GAP if name in boxes else 0.25 for row in rows for name in row}
    neighbours = defaultdict(list)
    for chain in chains:
        for upper, lower in zip(chain, chain[1:], strict=False):
            neighbours[lower].append(upper)
            neighbours[upper].append(lower)
    x: dict[str, float] = {}
    for row in rows:
        _spread(row, [0.0] * len(row), spaces, x)
    for sweep in range(40):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            _spread(row, [_mean([x[other] for other in neighbours[name]], x[name]) for name in row], spaces, x)
    left = min(x[name] - spaces[name] / 2 for name in x)
    right = max(x[name] + spaces[name] / 2 for name in x)
    centre = {name: (index + 0.5) * _ROW for index, row in enumerate(rows) for name in row}
    return {name: (x[name] - left, centre[name]) for name in x}, right - left


def _spread(row: Sequence[str], wishes: Sequence[float], spaces: dict[str, float], x: dict[str, float]) -> None:
    """Put a row's names near their wishes, in order and without overlap."""
    placed: list[float] = []
    for name, wish in zip(row, wishes, strict=True):
        free = placed[-1] + (spaces[row[len(placed) - 1]] + spaces[name]) / 2 if placed else wish
        placed.append(max(wish, free))
    shift = _mean([wish - place for wish, place in zip(wishes, placed, strict=True)], 0.0)
    x.update({name: place + shift for name, place in zip(row, placed, strict=True)})


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _draw_edge(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    half = _BOX_HEIGHT / 2
    start, end = (points[0][0], points[0][1] + half), (points[-1][0], points[-1][1] - half)
    # Straight beside boxes, curved only between rows.
    path = [start, *((x, y + side) for x, y in points[1:-1] for side in (-half, half)), end]
    vertices, codes = [path[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in zip(path, path[1:], strict=False):
        middle = (y0 + y1) / 2
        vertices += [(x0, middle), (x1, middle), (x1, y1)]
        codes += [Path.CURVE4] * 3
    axes.add_patch(PathPatch(Path(vertices, codes), fill=False, edgecolor=FAINT, linewidth=1.2))
    tip = Path([(end[0] - 0.05, end[1] - 0.09), end, (end[0] + 0.05, end[1] - 0.09)])
    axes.add_patch(PathPatch(tip, fill=False, edgecolor=FAINT, linewidth=1.2))


def _draw_node(axes: Axes, node: dict[str, Any], place: tuple[float, float], width: float) -> None:
    x, y = place
    colour = next((SERIES[index] for word, index in _KINDS if word in node["type"]), SERIES[7])
    box = FancyBboxPatch(
        (x - width / 2, y - _BOX_HEIGHT / 2),
        width,
        _BOX_HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="white",
        edgecolor=colour,
        linewidth=1.4,
    )
    axes.add_patch(box)
    axes.text(x, y - 0.085, _title(node), ha="center", va="center", fontsize=8, fontweight="bold", color="black")
    axes.text(x, y + 0.105, _details(node), ha="center", va="center", fontsize=7.5, color="black")


def _title(node: dict[str, Any]) -> str:
    return str(node["name"])


def _details(node: dict[str, Any]) -> str:
    parts = [node["type"], node["shape"]]
    if node["parameters"]:
        parts.append(f"{node['parameters']:,}")
    return "  ·  ".join(part for part in parts if part)


def _box_width(node: dict[str, Any]) -> float:
    return max(len(_title(node)), len(_details(node))) * _CHARACTER + 0.2
