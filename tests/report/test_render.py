from pathlib import Path

import pytest

from atolye.report import blocks
from atolye.report.render import both, cell, line, prose, render

TEXT = {"tr": "<b> **kalın**", "en": "<b> **bold**"}


def test_texts_in_both_languages() -> None:
    assert both(TEXT) == '<span lang="tr">&lt;b&gt; **kalın**</span><span lang="en">&lt;b&gt; **bold**</span>'
    assert "<strong>kalın</strong>" in line(TEXT) and "<b>" not in line(TEXT)
    assert prose(TEXT).startswith('<div lang="tr"><p>')
    assert both({"tr": "AUC", "en": "AUC"}) == "AUC" and both("<i>") == "&lt;i&gt;"


def test_a_cell_may_be_a_formula() -> None:
    assert cell("$x^2$").startswith('<svg class="formula"')
    assert cell("$\\nothing$") == "$\\nothing$" and cell("<i>") == "&lt;i&gt;" and cell("$5") == "$5"


def page(block: blocks.Block, folder: Path) -> str:
    document = blocks.Document(title=TEXT, kind=TEXT, lead=TEXT, blocks=[block])
    return render(document, folder=folder, lang="en")


def test_the_title_of_the_window_is_escaped(tmp_path: Path) -> None:
    assert "<title>&lt;b&gt; **bold** · atolye</title>" in page(blocks.notice(TEXT), tmp_path)


def test_figures_outside_the_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a file inside"):
        page(blocks.figure("a", alt=TEXT, file="../secret.png"), tmp_path)


def test_narrow_figures_stand_side_by_side(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="9pt"/>'
    figures = [blocks.figure(name, alt=TEXT, svg=svg, wide=name == "c") for name in "abc"]
    document = blocks.Document(title=TEXT, kind=TEXT, lead=TEXT, blocks=figures)
    html = render(document, folder=tmp_path, lang="tr")
    assert html.count('<div class="figures">') == 1
    assert html.index('id="b"') < html.index("</div>\n<figure") < html.index('id="c"')
