"""An SVG file to a piece of the page: cleaned, recoloured for light and dark, in both languages."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from html import escape

from atolye.report.chart import FAINT, GRID, HEAT, SERIES
from atolye.report.texts import LANGUAGES, Text

_ELEMENTS = {
    "svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect", "circle", "ellipse", "line", "polyline",
    "polygon", "image", "linearGradient", "radialGradient", "stop", "pattern", "mask", "symbol",
}  # fmt: skip
_TAB10 = (
    "#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#d62728", "#17becf", "#bcbd22", "#8c564b", "#7f7f7f", "#e377c2",
)  # fmt: skip
_VARIABLES = {
    "#000000": "currentColor",
    "#ffffff": "var(--paper)",
    FAINT: "var(--faint)",
    GRID: "var(--grid)",
    HEAT: "var(--heat)",
    "#b0b0b0": "var(--grid)",
    "#cccccc": "var(--grid)",
    **{colour: f"var(--s{index})" for index, colour in enumerate(SERIES, 1)},
    **{colour: f"var(--s{index})" for index, colour in enumerate(_TAB10, 1)},
}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_LINK = re.compile(r"url\(#([^)]+)\)")


def inline_svg(source: str, prefix: str, *, alt: Text, labels: Mapping[str, Text], lang: str) -> str:
    """Return SVG that can stand in an HTML page among others.

    Scripts, styles, foreign content, event handlers and links out of the file are dropped; ids get a prefix;
    colours of the chart style become the page's variables; a text equal to a label is there in both languages.

    Args:
        source: SVG, as matplotlib writes it.
        prefix: unique in the page; put before each id.
        alt: alternative text in both languages.
        labels: words in the figure with their translations.
        lang: the language shown first.

    Raises:
        ValueError: when `source` is not SVG.
    """
    try:
        root = ET.fromstring(source)
    except ET.ParseError as error:
        raise ValueError(f"Received a figure that is not SVG ({error}); draw it again.") from error
    attributes = f'viewBox="{escape(root.get("viewBox", "0 0 400 300"))}" role="img" aria-label="{escape(alt[lang])}"'
    alts = " ".join(f'data-alt-{language}="{escape(alt[language])}"' for language in LANGUAGES)
    width = root.get("width", "400pt").removesuffix("pt")
    content = "".join(_element(child, prefix, labels) for child in root)
    return f'<svg class="chart" {attributes} {alts} style="--natural:{float(width) * 4 / 3:.0f}px">{content}</svg>'


def _element(element: ET.Element, prefix: str, labels: Mapping[str, Text]) -> str:
    tag = _local(element.tag)
    if tag not in _ELEMENTS:
        return ""
    attributes = "".join(
        f' {name}="{escape(value)}"'
        for name, value in (_attribute(tag, key, text, prefix) for key, text in element.attrib.items())
        if value is not None
    )
    inner = _words((element.text or "").strip(), labels) if tag in {"text", "tspan"} else ""
    inner += "".join(_element(child, prefix, labels) for child in element)
    return f"<{tag}{attributes}>{inner}</{tag}>" if inner or tag == "g" else f"<{tag}{attributes}/>"


def _words(text: str, labels: Mapping[str, Text]) -> str:
    label = labels.get(text)
    if label is None or len({*label.values()}) == 1:
        return escape(label["en"] if label else text)
    return "".join(f'<tspan lang="{language}">{escape(label[language])}</tspan>' for language in LANGUAGES)


def _attribute(tag: str, key: str, value: str, prefix: str) -> tuple[str, str | None]:
    name = _local(key)
    if name.lower().startswith("on"):
        return name, None
    if name == "href":
        if value.startswith("#"):
            return name, f"#{prefix}{value[1:]}"
        return name, value if tag == "image" and value.startswith("data:image/") else None
    if name == "id":
        return name, prefix + value
    value = _LINK.sub(lambda match: f"url(#{prefix}{match.group(1)})", value)
    if "url(" in value and f"url(#{prefix}" not in value:
        return name, None
    if name in {"d", "points", "transform", "x", "y"}:
        value = _LONG_NUMBER.sub(lambda match: f"{float(match.group(0)):.2f}", " ".join(value.split()))
    if name in {"style", "fill", "stroke"}:
        value = _recolour(value, keep_white=tag in {"text", "tspan"})
    return name, value


def _recolour(value: str, *, keep_white: bool) -> str:
    # The page's own font replaces matplotlib's list, size and weight stay.
    value = re.sub(r"font-family:[^;]*;?\s*", "", value)
    value = re.sub(r"(font:[^;]*?\dpx)[^;]*", r"\1 var(--sans)", value)

    def variable(match: re.Match[str]) -> str:
        colour = match.group(0).lower()
        return colour if keep_white and colour == "#ffffff" else _VARIABLES.get(colour, colour)

    return _COLOUR.sub(variable, value)


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]
