from matplotlib.figure import Figure

from atolye.report.chart import chart, chart_grid
from atolye.report.figure_file import figure_svg


def drawn(label: str = "eğitim") -> Figure:
    figure, axes = chart()
    axes.plot([1, 2], [1, 2], label=label)
    axes.scatter([1], [1])
    axes.legend()
    return figure


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert figure_svg(drawn()) == figure_svg(drawn())


def test_no_date_and_text_stays_text() -> None:
    svg = figure_svg(drawn())
    assert "dc:date" not in svg
    assert ">eğitim</text>" in svg


def test_mathtext_becomes_outlines() -> None:
    assert "<text" not in figure_svg(drawn("$x^2$"))


def test_logarithmic_ticks_are_plain_text() -> None:
    figure, axes = chart()
    axes.plot([1, 2, 3], [1e-4, 1e-2, 1])
    axes.set_yscale("log")
    assert ">10⁻²</text>" in figure_svg(figure)


def test_a_logarithmic_axis_inside_a_decade_keeps_labels() -> None:
    figure, axes = chart()
    axes.plot([1, 2, 3], [1.2, 3, 5.5])
    axes.set_yscale("log")
    svg = figure_svg(figure)
    assert ">2</text>" in svg and ">5</text>" in svg


def test_a_grid_of_axes() -> None:
    figure, axes = chart_grid(2, 3)
    assert len(axes) == 6 and len(figure.axes) == 6
