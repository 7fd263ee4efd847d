import pytest

from atolye.report.markdown import inline, link, markdown


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("a **b** *c* `d`", "a <strong>b</strong> <em>c</em> <code>d</code>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("<script>&", "&lt;script&gt;&amp;"),
        (r"\*\*not bold\*\*", "**not bold**"),
        ("`a <b> **c**`", "<code>a &lt;b&gt; **c**</code>"),
        (r"`\_x`", "<code>_x</code>"),
        ("[x](#there)", '<a href="#there">x</a>'),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("[x](http://a)", "[x](http://a)"),
        ('[**x**](https://a.org/"b)', None),
    ],
)
def test_inline(source: str, html: str | None) -> None:
    if html is None:
        html = '<a href="https://a.org/&quot;b" rel="external noreferrer noopener"><strong>x</strong></a>'
    assert inline(source) == html


def test_paragraphs_and_lists() -> None:
    assert markdown("one\ntwo\n\n- a\n- b\n  more\n\n1. c\n2. d") == (
        "<p>one two</p>\n<ul><li>a</li><li>b more</li></ul>\n<ol><li>c</li><li>d</li></ol>"
    )


def test_fenced_code_is_kept_as_it_is() -> None:
    assert markdown("a\n\n```python\nx = 1\n\n<y>\n```\n\nb") == (
        "<p>a</p>\n<pre><code>x = 1\n\n&lt;y&gt;</code></pre>\n<p>b</p>"
    )


def test_formulas_are_drawn() -> None:
    assert inline("$x^2$").startswith('<svg class="formula" role="img" aria-label="x^2"')


def test_link_refuses_other_schemes() -> None:
    assert link("file:///etc/passwd", "x") is None
