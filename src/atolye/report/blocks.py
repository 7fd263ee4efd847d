"""The pieces that a report is made of, as plain dictionaries that JSON can keep.

A text is a `{"tr": ..., "en": ...}` dictionary; prose in it is the small Markdown of `markdown.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from atolye.report.numbers import format_column
from atolye.report.texts import Text

Block = dict[str, Any]


@dataclass
class Document:
    """A whole page: what the templates draw.

    Args:
        title: heading of the page.
        kind: one or two words above it.
        lead: a paragraph under it.
        tiles: the headline figures, as `{"label": Text, "value": str or Text, "note": Text or None}`.
        blocks: sections and what is in them, in order.
        footer: a line at the end.
    """

    title: Text
    kind: Text
    lead: Text
    tiles: list[Block] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    footer: Text | None = None


def section(
    name: str, title: Text, text: Text | None = None, *, formulas: Sequence[str] = (), papers: Sequence[str] = ()
) -> Block:
    """A heading with prose, formulas (mathtext) and papers; it starts an entry of the table of contents."""
    return {
        "type": "section",
        "id": name,
        "title": title,
        "text": text,
        "formulas": list(formulas),
        "papers": list(papers),
    }


def table(
    name: str,
    frame: pd.DataFrame,
    *,
    caption: Text | None = None,
    headings: Mapping[str, Text],
    cells: Mapping[str, Text] | None = None,
) -> Block:
    """A table from a DataFrame: numbers to the right with even decimals, words to the left.

    Args:
        name: id in the page.
        frame: one row a line; the index is not shown.
        caption: a line above.
        headings: heading of each column; a column without one keeps its name.
        cells: words in the cells with their translations.
    """
    columns = []
    values = []
    for column in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[column]) and not pd.api.types.is_bool_dtype(frame[column])
        name_ = str(column)
        heading = headings.get(name_, {"tr": name_, "en": name_})
        columns.append({"heading": heading, "align": "right" if numeric else "left"})
        items = frame[column].tolist()
        values.append(format_column(items) if numeric else [_cell(item, cells or {}) for item in items])
    rows = [list(row) for row in zip(*values, strict=True)]
    return {"type": "table", "id": name, "caption": caption, "columns": columns, "rows": rows}


def figure(
    name: str,
    *,
    alt: Text,
    caption: Text | None = None,
    file: str | None = None,
    svg: str | None = None,
    labels: Mapping[str, Text] | None = None,
    wide: bool = False,
) -> Block:
    """A picture: `file` is relative to the run folder, `svg` is one that was just drawn."""
    return {
        "type": "figure",
        "id": name,
        "alt": alt,
        "caption": caption,
        "file": file,
        "svg": svg,
        "labels": dict(labels or {}),
        "wide": wide,
    }


def notice(text: Text, *, tone: str = "plain") -> Block:
    """A boxed sentence; `tone` is `plain`, `good` or `warning`."""
    return {"type": "notice", "text": text, "tone": tone}


def facts(items: Sequence[tuple[Text, str | Text]]) -> Block:
    """Names and values, two columns."""
    return {"type": "facts", "items": [list(item) for item in items]}


def _cell(item: Any, cells: Mapping[str, Text]) -> str | Text:
    if isinstance(item, Mapping):
        return dict(item)
    if isinstance(item, str):
        return cells.get(item, item)
    return cells.get(str(item), format_column([item])[0])
