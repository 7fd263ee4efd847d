"""The study's page: whole, in both languages, built again byte for byte."""

import json

import pytest

from atolye.report import build_report
from atolye.runs import Run
from atolye.study import Study
from atolye.study.page import draw_means


@pytest.fixture(scope="module")
def study(trials, tmp_path_factory):
    variants = {"plain": {"width": 1}, "wide": {"width": 3}, "bad <b>": {"raise": 0, "width": 30}}
    out = tmp_path_factory.mktemp("page") / "study"
    made = Study("toy", trial=trials.breaks, variants=variants, seeds=(0, 1), out=out)
    made.run(lang="tr")
    return made


def test_the_page_has_table_plot_settings_and_failures_in_both_languages(study):
    page = (study.path / "report.html").read_text(encoding="utf-8")
    for words in (
        "Çalışma: toy",
        "Study: toy",
        "width = 30",
        "ArithmeticError: no number",
        "Pareto",
        "0.05/2",
        "Bonferroni",
    ):
        assert words in page, words
    assert "bad &lt;b&gt;" in page and "<b>" not in page.replace("<body", "")
    assert Run(study.path).info["kind"] == "study"
    assert json.loads((study.path / "page.json").read_text(encoding="utf-8"))["tiles"][2]["value"]["en"] == "1"


def test_it_is_built_again_byte_for_byte(study):
    path = study.path / "report.html"
    before = path.read_bytes()
    path.unlink()
    build_report(study.path, lang="tr")
    assert path.read_bytes() == before


def test_a_dot_a_trial(study):
    (axes,) = draw_means(study.results(), study.table(), "accuracy").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["plain", "wide", "bad <b>"]
    assert sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == ".") == 5
