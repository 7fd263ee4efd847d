"""The page that a lab writes: sections, formulas, tables, figures and slide checks, in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from atolye.files import write_text
from atolye.report import blocks
from atolye.report.figure_file import figure_svg
from atolye.report.numbers import format_number
from atolye.report.texts import LANGUAGES, Text, Texts, interface_texts, same


class Page:
    """Collect a lab's page; `save` leaves `page.json`, `run.json`, `figures/` and `report.html` in `out`.

    All prose stands in one TOML file, keyed by name, in Turkish and English:

    ```toml
    [page]                      # required: the head of the page
    title.tr = "..."            # title.en, lead.tr, lead.en (the question that the lab answers)

    [dropout]                   # page.section("dropout", rate=0.3)
    title.tr = "..."
    text.tr = "... {rate} ..."  # paragraphs, lists, **bold**, `code`, [links](https://...), $formulas$
    formula = ['y = x / (1-p)'] # mathtext, one a line
    paper = "Srivastava et al. (2014) https://arxiv.org/abs/1207.0580"

    [dropout_table]             # page.table: caption, columns.<column>, labels."<cell>" (optional)
    [dropout_curves]            # page.figure: caption, alt, labels."<word in the figure>" (optional)
    [dropout_scaling]           # page.slide_check: title, slide (what the slide says), text (what is right)
    [what_to_notice]            # page.notice: text
    [test_accuracy]             # page.headline: title
    ```

    A text that is missing is an error that names the key, at the line of the lab that needs it.

    Args:
        out: the lab's folder; made when it is not there.
        texts: the TOML file.
        lang: the language shown first; the page holds both.
        **values: what placeholders in `[page]` stand for.

    Raises:
        ValueError: when a text, a language or a placeholder's value is missing.

    Example:
        page = Page(out, texts=Path(__file__).with_suffix(".toml"))
        page.section("dropout", rate=0.3)
        page.figure("dropout_curves", figure)
        page.save({"name": "lab-1.1", "seed": 0})
    """

    def __init__(self, out: str | Path, *, texts: str | Path, lang: str = "tr", **values: Any) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"Received lang={lang!r}; expected 'tr' or 'en'.")
        self.path = Path(out)
        self.lang = lang
        self._texts = Texts(texts)
        self._title = self._texts.text("page.title", **values)
        self._lead = self._texts.text("page.lead", **values)
        self._tiles: list[blocks.Block] = []
        self._blocks: list[blocks.Block] = []
        self._names: set[str] = set()

    def headline(self, name: str, value: Any, /, **values: Any) -> None:
        """Put a figure at the head of the page; its label is `[name] title`, a line under it `[name] text`."""
        label = self._texts.text(f"{name}.title", **values)
        note = self._texts.optional(f"{name}.text", **values)
        self._tiles.append({"label": label, "value": _value(value), "note": note})

    def section(self, name: str, /, **values: Any) -> None:
        """Start a section: `title` and `text` of `[name]`, `formula` and `paper` where there are."""
        block = blocks.section(
            self._new(name),
            self._texts.text(f"{name}.title", **values),
            self._texts.optional(f"{name}.text", **values),
            formulas=self._texts.strings(f"{name}.formula"),
            papers=self._texts.strings(f"{name}.paper"),
        )
        self._blocks.append(block)

    def text(self, name: str, /, **values: Any) -> None:
        """Add prose inside a section: `[name] text`, with `formula` where there is one."""
        text = self._texts.text(f"{name}.text", **values)
        self._blocks.append({"type": "text", "text": text, "formulas": self._texts.strings(f"{name}.formula")})

    def table(self, name: str, frame: pd.DataFrame, /, **values: Any) -> None:
        """Add a table: `caption`, `columns` (a heading each) and `labels` (translated cells) of `[name]`.

        The headings of common columns, such as `accuracy` or `epoch`, are known; others must be given.
        """
        known = interface_texts().labels("labels")
        headings = known | self._texts.labels(f"{name}.columns")
        missing = [str(column) for column in frame.columns if str(column) not in headings]
        if missing:
            raise ValueError(f"{self._texts.path.name} has no text {name}.columns.{missing[0]!r}.tr and .en. Add it.")
        caption = self._texts.text(f"{name}.caption", **values)
        cells = self._texts.labels(f"{name}.labels")
        self._blocks.append(blocks.table(self._new(name), frame, caption=caption, headings=headings, cells=cells))

    def figure(self, name: str, figure: Figure, /, *, wide: bool | None = None, **values: Any) -> None:
        """Add a matplotlib figure: written to `figures/<name>.svg`, `caption` and `alt` of `[name]`.

        Words in the figure that equal a key of `[name.labels]` (or a common one, such as `accuracy`) change
        with the language. Draw it with `atolye.report.chart()` for the page's look. A figure wider than 7
        inches takes the whole line, unless `wide` says otherwise.
        """
        caption = self._texts.text(f"{name}.caption", **values)
        alt = self._texts.text(f"{name}.alt", **values)
        labels = interface_texts().labels("labels") | self._texts.labels(f"{name}.labels")
        file = f"figures/{self._new(name)}.svg"
        write_text(self.path / file, figure_svg(figure))
        wide = bool(figure.get_figwidth() > 7) if wide is None else wide
        used = {word: text for word, text in labels.items() if word in _words(self.path / file)}
        self._blocks.append(blocks.figure(name, alt=alt, caption=caption, file=file, labels=used, wide=wide))

    def slide_check(self, name: str, /, *, measured: Any, expected: Any, **values: Any) -> None:
        """Add a box with a slip on a slide: `title`, `slide` (what it says), `text` (what is right) of `[name]`.

        Args:
            name: key of the texts, which may use `{measured}` and `{expected}`.
            measured: the figure computed here; a number, a string or a `{"tr": ..., "en": ...}` text.
            expected: the figure that theory gives, or the slide's.
        """
        given = values | {"measured": measured, "expected": expected}
        block = {
            "type": "check",
            "id": self._new(name),
            "title": self._texts.text(f"{name}.title", **given),
            "slide": self._texts.text(f"{name}.slide", **given),
            "text": self._texts.optional(f"{name}.text", **given),
            "expected": _value(expected),
            "measured": _value(measured),
        }
        self._blocks.append(block)

    def notice(self, name: str, /, *, tone: str = "plain", **values: Any) -> None:
        """Add a boxed remark, `[name] text`, with measured numbers; `tone` is `plain`, `good` or `warning`."""
        self._blocks.append(blocks.notice(self._texts.text(f"{name}.text", **values), tone=tone))

    def save(self, info: dict[str, Any], *, kind: str = "lab") -> Path:
        """Write `page.json` and `run.json` (`info` with its `kind`) and build `report.html`; return its path."""
        from atolye.report.build import build_report

        content = {
            "format": 1,
            "title": self._title,
            "lead": self._lead,
            "tiles": self._tiles,
            "blocks": self._blocks,
        }
        write_text(self.path / "page.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")
        info = {"format": 1, **info, "kind": kind}
        write_text(self.path / "run.json", json.dumps(info, indent=2, ensure_ascii=False, default=_plain) + "\n")
        return build_report(self.path, lang=self.lang)

    def _new(self, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
            raise ValueError(f"Received the name {name!r}; expected letters, digits and '_', such as 'dropout_curves'.")
        if name in self._names:
            raise ValueError(f"Received the name {name!r} twice; expected one name a section, table, figure or check.")
        self._names.add(name)
        return name


def _value(value: Any) -> Text:
    if isinstance(value, dict):
        return {language: str(value[language]) for language in LANGUAGES}
    return same(value if isinstance(value, str) else format_number(value))


def _plain(value: Any) -> Any:
    # Labs count with NumPy; JSON knows Python's numbers only.
    if hasattr(value, "tolist"):
        return value.tolist()
    raise ValueError(f"Received {type(value).__name__} in the lab's info; expected numbers, texts, lists and dicts.")


def _words(path: Path) -> set[str]:
    from html import unescape

    found = re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))
    return {unescape(word).strip() for word in found}
