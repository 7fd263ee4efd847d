"""A document to HTML: templates, both languages, figures put into the page."""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from atolye.report.blocks import Block, Document
from atolye.report.formula import formula_svg
from atolye.report.image_data import image_data
from atolye.report.inline_svg import inline_svg
from atolye.report.markdown import inline, link, markdown
from atolye.report.texts import LANGUAGES, Text, interface_texts


def render(document: Document, *, folder: Path, lang: str) -> str:
    """Return the whole page as HTML.

    Args:
        document: what to show.
        folder: the run folder, where the figures' files are.
        lang: the language shown first.
    """
    blocks = [_with_picture(block, index, folder, lang) for index, block in enumerate(document.blocks)]
    template = _environment().get_template("report.html.j2")
    return template.render(
        document=document,
        groups=_grouped(blocks),
        contents=[block for block in document.blocks if block["type"] == "section"],
        lang=lang,
        ui=interface_texts().labels("interface"),
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("atolye.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(both=both, cell=cell, line=line, prose=prose, formula=_formula, paper=_paper)
    return environment


def both(text: str | Text) -> Markup:
    """Return a text, escaped, in both languages; once when they are the same."""
    return _languages(text, lambda words: str(escape(words)))


def cell(text: str | Text) -> Markup:
    """Return a table's cell: a formula where the text is one between dollars, else the text, escaped."""
    if isinstance(text, str) and len(text) > 2 and text[0] == text[-1] == "$":
        with suppress(ValueError):  # a name between dollars that is no formula
            return Markup(formula_svg(text, display=False))
    return both(text)


def line(text: str | Text) -> Markup:
    """Return one line of prose in both languages."""
    return _languages(text, inline)


def prose(text: Text) -> Markup:
    """Return paragraphs of prose in both languages."""
    return _languages(text, markdown, tag="div")


def _languages(text: str | Text, convert: Any, tag: str = "span") -> Markup:
    if isinstance(text, str):
        return Markup(convert(text))
    if len(set(text.values())) == 1:
        return Markup(convert(text["en"]))
    return Markup("".join(f'<{tag} lang="{language}">{convert(text[language])}</{tag}>' for language in LANGUAGES))


def _formula(source: str) -> Markup:
    return Markup(formula_svg(source))


def _paper(paper: str) -> Markup:
    """Return a paper's line with its https:// address, if it ends in one, as a link."""
    words, _, address = paper.rpartition(" ")
    anchor = link(address, str(escape(words))) if words else None
    return Markup(anchor) if anchor else escape(paper)


def _with_picture(block: Block, index: int, folder: Path, lang: str) -> Block:
    if block["type"] != "figure":
        return block
    source = block.get("svg")
    path = folder / block["file"] if block.get("file") else None
    if path is not None and not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"Received the figure {block['file']!r}; expected a file inside {folder}.")
    if path is not None and not path.is_file():
        raise FileNotFoundError(f"{folder} has no {block['file']}. Run the training or the lab again.")
    if path is not None and path.suffix == ".svg":
        source = path.read_text(encoding="utf-8")
    if source is None and path is not None:
        data, width, height = image_data(path)
        return {**block, "data": data, "width": width, "height": height}
    markup = inline_svg(source or "", f"f{index}-", alt=block["alt"], labels=block["labels"], lang=lang)
    return {**block, "markup": Markup(markup)}


def _grouped(blocks: Iterable[Block]) -> list[tuple[str, list[Block]]]:
    """Put narrow figures that follow each other into one group, which the page shows side by side."""
    groups: list[tuple[str, list[Block]]] = []
    for narrow, members in groupby(blocks, lambda block: block["type"] == "figure" and not block["wide"]):
        if narrow:
            groups.append(("figures", list(members)))
        else:
            groups.extend((block["type"], [block]) for block in members)
    return groups
