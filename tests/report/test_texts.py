import re
from pathlib import Path

import pytest

from atolye.report.texts import LANGUAGES, Texts, fill, interface_texts


def test_fill_formats_numbers_by_language() -> None:
    assert fill("{a:.1%} {b} {c:.2f}", {"a": 0.25, "b": 51264, "c": 1}, "tr") == "%25.0 51\u202f264 1.00"
    assert fill("{a:.1%}", {"a": 0.25}, "en") == "25.0%"


def test_fill_leaves_formulas_and_doubled_braces_alone() -> None:
    assert fill(r"$\frac{a}{b}$ {{x}} {n}", {"n": 3}, "en") == r"$\frac{a}{b}$ {x} 3"


def test_values_never_act_as_markdown() -> None:
    assert fill("{name}", {"name": "**a**"}, "en") == r"\*\*a\*\*"


def test_a_value_in_both_languages() -> None:
    assert fill("{x}", {"x": {"tr": "evet", "en": "yes"}}, "tr") == "evet"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ValueError, match=re.escape("text needs a value for {x}; received ['y'].")):
        fill("{x}", {"y": 1}, "en")


def test_files_that_are_not_toml(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("a = = 1")
    with pytest.raises(ValueError, match="bad.toml is not valid TOML"):
        Texts(tmp_path / "bad.toml")


def test_the_interface_speaks_both_languages() -> None:
    def check(entry: dict, where: str) -> None:
        if set(entry) & set(LANGUAGES):
            assert all(isinstance(entry.get(language), str) and entry[language] for language in LANGUAGES), where
            names = [set(re.findall(r"\{(\w+)", entry[language])) for language in LANGUAGES]
            assert names[0] == names[1], where
            return
        for name, value in entry.items():
            check(value, f"{where}.{name}")

    check(interface_texts()._content, "texts")
