"""The last section of every page: machine, versions, seed and durations."""

from collections.abc import Mapping
from typing import Any

from atolye.report import blocks
from atolye.report.numbers import duration, format_number
from atolye.report.texts import LANGUAGES, Text, interface_texts


def environment_blocks(info: Mapping[str, Any]) -> list[blocks.Block]:
    """Return the section on where the numbers come from; what `info` does not hold is left out.

    Args:
        info: content of `run.json`.
    """
    texts = interface_texts()
    machine: Mapping[str, Any] = info.get("machine") or {}
    items: list[tuple[Text, str | Text]] = []

    def add(name: str, value: str | Text | None) -> None:
        if value:
            items.append((texts.text(f"environment.{name}"), value))

    add("created", str(info.get("created", "")).replace("T", " "))
    add("seed", _plain(info.get("seed")))
    add("precision", _plain(info.get("precision")))
    for name in ("cpu", "instructions", "cores", "memory_gib", "platform"):
        add(name, _plain(machine.get(name)))
    if (onednn := machine.get("onednn")) is not None:
        add("onednn", texts.text("environment.used" if onednn else "environment.not_used"))
    versions = {"atolye": info.get("atolye"), **(info.get("versions") or {})}
    add("versions", " · ".join(f"{name} {version}" for name, version in versions.items() if version))
    add("durations", _durations(info.get("seconds")))
    if not items:
        return []
    heading = blocks.section("environment", texts.text("environment.title"), texts.text("environment.text"))
    return [heading, blocks.facts(items)]


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return " · ".join(filter(None, (_plain(part) for part in value.values())))
    return f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else format_number(value)


def _durations(seconds: Any) -> Text | None:
    if not isinstance(seconds, Mapping):
        return None
    texts = interface_texts()
    known = set(texts.names("environment"))
    parts: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for name, value in seconds.items():
        for language in LANGUAGES:
            word = texts.text(f"environment.{name}")[language] if name in known else name
            parts[language].append(f"{word} {duration(float(value), language)}")
    return {language: " · ".join(words) for language, words in parts.items()}
