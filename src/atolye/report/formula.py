"""Formulas: matplotlib's mathtext, drawn as one inline SVG path that takes the colour of the text."""

from functools import cache
from html import escape

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Bbox

_SIZE = 100.0  # font size in the path's own units; the page scales it by em
_COMMANDS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}


@cache
def formula_svg(source: str, *, display: bool = True) -> str:
    r"""Typeset a formula as inline SVG with alternative text, and no font, script or network.

    Args:
        source: mathtext with or without the dollar signs, such as `r"\hat{x} = (x - \mu) / \sigma"`.
        display: stand alone on a line (larger) or sit in running text.

    Returns:
        An `<svg>` sized in em, which sits on the baseline and uses `currentColor`.

    Raises:
        ValueError: when mathtext cannot read the source.

    Example:
        >>> formula_svg("x^2").startswith('<svg class="formula" role="img" aria-label="x^2"')
        True
    """
    plain = source.strip().strip("$")
    with mpl.rc_context({"mathtext.fontset": "cm", "text.usetex": False}):
        try:
            outline = TextPath((0, 0), f"${plain}$", size=_SIZE, prop=FontProperties(size=_SIZE))
        except ValueError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ValueError(f"Received the formula {plain!r}, which mathtext cannot read: {reason}") from error
    # Control points bound a curve; the exact extent of each would take longer than all the rest.
    drawn = outline.vertices[outline.codes != Path.CLOSEPOLY]
    box = Bbox([drawn.min(axis=0), drawn.max(axis=0)]).padded(2.0)
    em = 1.18 if display else 1.06  # Computer Modern looks small beside a sans serif
    width, height, drop = (em * size / _SIZE for size in (box.width, box.height, box.y0))
    # SVG counts y downward, hence the flip.
    return (
        f'<svg class="formula" role="img" aria-label="{escape(plain)}" '
        f'viewBox="{box.x0:.1f} {-box.y1:.1f} {box.width:.1f} {box.height:.1f}" '
        f'style="width:{width:.3f}em;height:{height:.3f}em;vertical-align:{drop:.3f}em">'
        f'<path fill="currentColor" d="{_path_data(outline)}"/></svg>'
    )


def _path_data(outline: Path) -> str:
    parts = []
    for points, code in outline.iter_segments(curves=True, simplify=False):
        command = _COMMANDS[code]
        if command == "Z":
            parts.append("Z")
            continue
        numbers = " ".join(f"{x:.1f} {-y:.1f}" for x, y in points.reshape(-1, 2))
        parts.append(command + numbers)
    return "".join(parts)
