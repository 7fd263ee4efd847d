"""A small Markdown: paragraphs, lists, bold, italics, code, links and `$formulas$`; all else is escaped."""

import re
from html import escape

from atolye.report.formula import formula_svg

_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_\[\]$])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\*\*(?P<bold>(?:[^*\\]|\\.)+?)\*\*"
    r"|\*(?P<italics>(?:[^*\\\s]|\\.)(?:(?:[^*\\]|\\.)*?(?:[^*\\\s]|\\.))?)\*"
    r"|\[(?P<words>(?:[^\[\]\\]|\\.)+)\]\((?P<address>[^()\s]+)\)"
    r"|\$(?P<math>[^$\n]+)\$"
)
_ESCAPED = re.compile(r"\\([\\`*_\[\]$])")
_ITEM = re.compile(r"^\s*(?:[-*]|\d+[.)])\s+")


def markdown(text: str) -> str:
    """Turn prose into safe HTML.

    Blocks are parted by empty lines; a block whose lines start with `- ` or `1. ` is a list, one between
    lines of three backticks is code. HTML in the text is shown, never obeyed. Links lead to `https://`
    or to `#places` in the page.

    Example:
        >>> markdown("A **bold** <word>")
        '<p>A <strong>bold</strong> &lt;word&gt;</p>'
    """
    pieces = re.split(r"^```.*\n((?:.*\n)*?)```[ ]*$", text.strip() + "\n", flags=re.MULTILINE)
    html = []
    for index, piece in enumerate(pieces):
        if index % 2:
            html.append(f"<pre><code>{escape(piece.rstrip())}</code></pre>")
        else:
            html.extend(_block(block) for block in re.split(r"\n\s*\n", piece) if block.strip())
    return "\n".join(html)


def inline(text: str) -> str:
    """Turn one line of prose into safe HTML without a paragraph around it.

    Example:
        >>> inline("call `fit`")
        'call <code>fit</code>'
    """
    html, position = [], 0
    for match in _INLINE.finditer(text):
        html.append(escape(text[position : match.start()]))
        html.append(_span(match))
        position = match.end()
    html.append(escape(text[position:]))
    return "".join(html)


def _block(block: str) -> str:
    lines = block.strip().splitlines()
    if not _ITEM.match(lines[0]):
        return f"<p>{inline(' '.join(line.strip() for line in lines))}</p>"
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(_ITEM.sub("", line, count=1))
        else:
            items[-1] += " " + line.strip()
    tag = "ol" if lines[0].lstrip()[0].isdigit() else "ul"
    return f"<{tag}>{''.join(f'<li>{inline(item)}</li>' for item in items)}</{tag}>"


def _span(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "escaped":
        return escape(match["escaped"])
    if kind == "code":
        return "<code>" + escape(_ESCAPED.sub(r"\1", match["code"])) + "</code>"
    if kind == "bold":
        return f"<strong>{inline(match['bold'])}</strong>"
    if kind == "italics":
        return f"<em>{inline(match['italics'])}</em>"
    if kind == "math":
        return formula_svg(match["math"], display=False)
    return link(match["address"], inline(match["words"])) or escape(match.group(0))


def link(address: str, html: str) -> str | None:
    """Return an anchor around `html`, or None when `address` is neither `https://...` nor `#...`."""
    if address.startswith("#"):
        return f'<a href="{escape(address)}">{html}</a>'
    if address.startswith("https://"):
        return f'<a href="{escape(address)}" rel="external noreferrer noopener">{html}</a>'
    return None
