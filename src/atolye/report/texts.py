"""Bilingual prose kept in a TOML file: looked up by name, with measured numbers filled in."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from atolye.report.numbers import format_number

LANGUAGES = ("tr", "en")

Text = dict[str, str]
"""One text in both languages: `{"tr": ..., "en": ...}`."""

_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}]*))?\}")
_MATH = re.compile(r"(?<!\\)(\$[^$\n]+\$)")
_MARKDOWN = re.compile(r"([\\`*_\[\]$])")


class Texts:
    """The texts of one TOML file, where every text is given in Turkish and in English.

    Args:
        path: a TOML file of tables such as `[intro]` with `title.tr = "..."` and `title.en = "..."`.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not TOML.

    Example:
        Texts("lab.toml").text("intro.title", accuracy=0.98)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        try:
            self._content: dict[str, Any] = tomllib.loads(self.path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"{self.path.name} is not valid TOML: {error}.") from error

    def text(self, key: str, /, **values: Any) -> Text:
        """Return the text at `key` (dotted) in both languages, `{placeholders}` filled from `values`.

        Raises:
            ValueError: when the text, a language of it or a placeholder's value is missing.
        """
        entry = self._find(key)
        result = {}
        for language in LANGUAGES:
            text = entry.get(language) if isinstance(entry, Mapping) else None
            if not isinstance(text, str):
                raise ValueError(
                    f"{self.path.name} has no text {key}.{language}. Add {language} = ... to the text {key!r}."
                )
            result[language] = fill(text.strip(), values, language, where=f"{self.path.name}: {key}.{language}")
        return result

    def optional(self, key: str, /, **values: Any) -> Text | None:
        """Return the text at `key`, or None when the file does not have it."""
        return None if self._find(key) is None else self.text(key, **values)

    def strings(self, key: str) -> list[str]:
        """Return the plain strings at `key` (one or a list), such as formulas; empty when there are none."""
        value = self._find(key)
        return [] if value is None else [value] if isinstance(value, str) else [str(item) for item in value]

    def names(self, key: str) -> list[str]:
        """Return the names in the table at `key`, in their order; empty when there is none."""
        return list(self._find(key) or {})

    def labels(self, key: str) -> dict[str, Text]:
        """Return the table at `key` as a dictionary of short texts, such as the words in a figure."""
        return {
            name: {language: self._label(key, name, language) for language in LANGUAGES} for name in self.names(key)
        }

    def _label(self, key: str, name: str, language: str) -> str:
        text = (self._find(key) or {}).get(name, {}).get(language)
        if not isinstance(text, str):
            raise ValueError(f"{self.path.name} has no text {key}.{name!r}.{language}. Add it.")
        return text

    def _find(self, key: str) -> Any:
        value: Any = self._content
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        return value


@cache
def interface_texts() -> Texts:
    """Return the report's own words (`texts.toml` beside this file)."""
    return Texts(Path(__file__).with_name("texts.toml"))


def same(text: str) -> Text:
    """Return a text that is the same in every language, such as a name."""
    return dict.fromkeys(LANGUAGES, text)


def fill(text: str, values: Mapping[str, Any], language: str, *, where: str = "text") -> str:
    """Replace `{name}` and `{name:format}` by values; formulas between `$` are left alone, `{{` is a brace.

    Numbers without a format get a sensible one. Values never act as Markdown. A share with the format
    `.1%` reads `95.2%` in English and `%95.2` in Turkish.

    Raises:
        ValueError: when a value is missing; `where` says in which text.

    Example:
        >>> fill("{share:.0%} of {count}", {"share": 0.5, "count": 12000}, "tr")
        '%50 of 12\\u202f000'
    """

    def replace(match: re.Match[str]) -> str:
        name, form = match.group(1), match.group(2)
        if name is None:
            return match.group(0)[0]
        if name not in values:
            raise ValueError(f"{where} needs a value for {{{name}}}; received {sorted(values)}.")
        return _MARKDOWN.sub(r"\\\1", _format(values[name], form, language))

    pieces = _MATH.split(text)
    return "".join(piece if index % 2 else _PLACEHOLDER.sub(replace, piece) for index, piece in enumerate(pieces))


def _format(value: Any, form: str | None, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value[language])
    if not form:
        return value if isinstance(value, str) else format_number(value)
    if form.endswith("%") and language == "tr":
        return "%" + format(value, form)[:-1]
    return format(value, form)
