from atolye.report.chart import SERIES, chart, chart_grid


def test_a_chart_has_the_style_and_leaves_matplotlib_alone() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    figure, axes = chart(width=4.0, height=3.0)
    assert dict(mpl.rcParams) == before
    assert figure.get_size_inches().tolist() == [4.0, 3.0]
    assert not axes.spines["top"].get_visible()
    assert axes.plot([1, 2])[0].get_color() == SERIES[0]


def test_a_grid_is_read_row_by_row() -> None:
    _, axes = chart_grid(2, 2)
    tops = [axis.get_subplotspec().rowspan.start for axis in axes]
    assert tops == [0, 0, 1, 1]
