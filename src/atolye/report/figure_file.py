"""A matplotlib figure to SVG text that is the same, byte for byte, each time it is drawn."""

import io
from collections.abc import Iterator

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FuncFormatter, LogFormatter

from atolye.report.chart import STYLE

STYLE_FONT_SIZE = float(STYLE["font.size"])
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure_svg(figure: Figure) -> str:
    """Return a figure as SVG: transparent, with fixed ids and no date.

    Text stays text, so that it can be translated, searched and read aloud, and takes the page's font. Only a
    figure that holds mathtext is written as outlines, since its letters are placed one by one.

    Args:
        figure: a `matplotlib.figure.Figure`, drawn without pyplot.

    Raises:
        ValueError: when `figure` is something else.
    """
    if not isinstance(figure, Figure):
        raise ValueError(
            f"Received {type(figure).__name__}; expected a matplotlib Figure, such as one from atolye.report.chart()."
        )
    for axis in _axes(figure):
        _plain_log_ticks(axis)
    for axes in figure.axes:
        _quiet_legend(axes)
    engine = figure.get_layout_engine()
    if engine is not None:  # savefig would draw everything twice, the first time for the layout alone
        engine.execute(figure)
        figure.set_layout_engine("none")
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "atolye", "svg.fonttype": "path" if _has_math(figure) else "none"}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return buffer.getvalue()


def _axes(figure: Figure) -> Iterator[Axis]:
    for axes in figure.axes:
        yield axes.xaxis
        yield axes.yaxis


def _plain_log_ticks(axis: Axis) -> None:
    if axis.get_scale() == "log" and isinstance(axis.get_major_formatter(), LogFormatter):
        axis.set_major_formatter(FuncFormatter(_power_of_ten))
        low, high = sorted(axis.get_view_interval())
        # Inside a decade the powers of ten alone would leave the axis without a label.
        short = 0 < low and high / low < 30
        axis.set_minor_formatter(FuncFormatter(_leading_digit if short else lambda value, position: ""))


def _quiet_legend(axes: Axes) -> None:
    legend = axes.get_legend()
    if legend is not None:
        legend.get_frame().set_linewidth(0)
        for text in legend.get_texts():
            text.set_fontsize(min(float(text.get_fontsize()), STYLE_FONT_SIZE))


def _leading_digit(value: float, position: int | None = None) -> str:
    return f"{value:g}" if f"{value:.0e}"[0] in "235" else ""


def _power_of_ten(value: float, position: int | None = None) -> str:
    mantissa, exponent = f"{value:.0e}".split("e")
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPT)
    return power if mantissa == "1" else f"{mantissa}·{power}"


def _has_math(figure: Figure) -> bool:
    # Tick labels that a formatter makes hold no formula here; looking at them would lay out every axis.
    texts = list(figure.texts)
    for axes in figure.axes:
        legend = axes.get_legend()
        texts += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        texts += legend.get_texts() if legend else []
    written = [text.get_text() for text in texts]
    for axis in _axes(figure):
        formatter = axis.get_major_formatter()
        written += [str(label) for label in formatter.seq] if isinstance(formatter, FixedFormatter) else []
    return any("$" in text for text in written)
