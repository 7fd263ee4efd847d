import pytest

from atolye.report.inline_svg import inline_svg

ALT = {"tr": 'bir "çizim"', "en": "a drawing"}


def cleaned(body: str, **labels: dict[str, str]) -> str:
    source = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 9 9" width="72pt">{body}</svg>'
    )
    return inline_svg(source, "f1-", alt=ALT, labels=labels, lang="tr")


def test_alternative_text_in_both_languages() -> None:
    svg = cleaned("<g/>")
    assert 'role="img" aria-label="bir &quot;çizim&quot;"' in svg
    assert 'data-alt-en="a drawing"' in svg and "--natural:96px" in svg
    assert "http" not in svg


def test_what_could_do_harm_is_dropped() -> None:
    svg = cleaned(
        "<script>alert(1)</script><style>*{}</style><foreignObject><p/></foreignObject>"
        '<path d="M 0 0" onclick="x()" style="fill: url(http://a)"/>'
        '<image xlink:href="http://a/b.png"/><image xlink:href="data:image/png;base64,AA"/>'
    )
    for word in ("script", "style>", "foreign", "onclick", "http", "alert"):
        assert word not in svg
    assert 'href="data:image/png;base64,AA"' in svg


def test_ids_and_their_uses_get_the_prefix() -> None:
    svg = cleaned('<clipPath id="c"><rect/></clipPath><g clip-path="url(#c)"><use xlink:href="#m"/></g>')
    assert 'id="f1-c"' in svg and "url(#f1-c)" in svg and 'href="#f1-m"' in svg


def test_colours_become_variables_and_white_text_stays() -> None:
    svg = cleaned(
        '<path style="stroke: #2166ac; fill: #ffffff"/><path style="stroke: #1f77b4"/>'
        '<text style="fill: #ffffff">a</text><text style="fill: #000000">b</text>'
    )
    assert 'style="stroke: var(--s1); fill: var(--paper)"' in svg
    assert svg.count("var(--s1)") == 2
    assert "fill: #ffffff" in svg and "fill: currentColor" in svg


def test_labels_in_both_languages_and_others_escaped() -> None:
    svg = cleaned("<text>loss</text><text>a &lt;b&gt;</text>", loss={"tr": "kayıp", "en": "loss"})
    assert '<tspan lang="tr">kayıp</tspan><tspan lang="en">loss</tspan>' in svg
    assert "a &lt;b&gt;" in svg


def test_matplotlib_fonts_give_way_to_the_page() -> None:
    svg = cleaned("<text style=\"font-size: 9px; font-family: 'DejaVu Sans'; text-anchor: middle\">x</text>")
    assert 'style="font-size: 9px; text-anchor: middle"' in svg


def test_not_svg() -> None:
    with pytest.raises(ValueError, match="Received a figure that is not SVG"):
        inline_svg("<svg", "f-", alt=ALT, labels={}, lang="en")
