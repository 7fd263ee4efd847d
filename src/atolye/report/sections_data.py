"""The sections on what went in: samples, data, model and recipe, and explanations where a run has them."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from atolye.report import blocks
from atolye.report.numbers import format_number
from atolye.report.texts import LANGUAGES, Text, interface_texts
from atolye.runs import Run

EXCLUDED_SHOWN = 50
COLUMNS_SHOWN = 40


def sample_blocks(run: Run) -> list[blocks.Block]:
    """Return the grid of training samples; nothing when the run kept none."""
    if not (run.path / "figures/samples.png").is_file():
        return []
    texts = interface_texts()
    return [
        blocks.section("samples", texts.text("samples.title"), texts.text("samples.text")),
        blocks.figure("samples-picture", file="figures/samples.png", alt=texts.text("samples.alt"), wide=True),
    ]


def explanation_blocks(run: Run) -> list[blocks.Block]:
    """Return the maps that `explanation.json` describes; nothing when there is none.

    The file holds `{"text": Text, "figures": {"explanation_1.png": {"caption": Text, "alt": Text}}}`; all of
    it but the names may be left out.
    """
    path = run.path / "explanation.json"
    files = sorted(run.path.glob("figures/explanation*.png")) + sorted(run.path.glob("figures/explanation*.svg"))
    if not path.is_file() or not files:
        return []
    texts = interface_texts()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}). Explain the run again.") from None
    text = content.get("text") or texts.text("explanation.text")
    found = [blocks.section("explanation", texts.text("explanation.title"), text)]
    for file in files:
        entry = (content.get("figures") or {}).get(file.name) or {}
        alt = entry.get("alt") or texts.text("explanation.alt")
        name = f"explanation-{len(found)}"
        found.append(blocks.figure(name, file=f"figures/{file.name}", alt=alt, caption=entry.get("caption"), wide=True))
    return found


def data_blocks(run: Run) -> list[blocks.Block]:
    """Return where the data came from, its hash, its counts, and what was left out with the reasons."""
    texts = interface_texts()
    data: Mapping[str, Any] = run.info["dataset"]
    items: list[tuple[Text, str | Text]] = [
        (texts.text("data.name"), str(data["name"])),
        (texts.text("data.source"), str(data.get("provenance") or "—")),
        (texts.text("data.hash"), str(data.get("hash") or "—")),
        (texts.text("data.task"), texts.text(f"data.{data['task']}")),
    ]
    sizes = [data.get("num_examples", {}).get(split) for split in ("train", "validation", "test")]
    if all(sizes):
        items.append((texts.text("data.examples"), " / ".join(format_number(size) for size in sizes)))
    if data.get("input_shape"):
        items.append((texts.text("data.shape"), " × ".join(str(size) for size in data["input_shape"])))
    if data.get("value_range"):
        items.append((texts.text("data.range"), " – ".join(f"{edge:g}" for edge in data["value_range"])))
    if data.get("columns"):
        items.append((texts.text("data.columns"), _columns(data["columns"])))
    found = [blocks.section("data", texts.text("data.title"), texts.text("data.text")), blocks.facts(items)]
    counts = _counts(data.get("class_counts") or {})
    if not counts.empty:
        caption = texts.text("data.counts")
        found.append(blocks.table("class-counts", counts, caption=caption, headings=texts.labels("labels")))
    return found + _excluded(data.get("excluded") or [])


def model_blocks(run: Run) -> list[blocks.Block]:
    """Return the model's name and size, and the recipe, setting by setting."""
    texts = interface_texts()
    model = run.info["model"]
    items: list[tuple[Text, str | Text]] = [
        (texts.text("model.name"), str(model["name"])),
        (texts.text("model.parameters"), format_number(model["parameters"])),
    ]
    if model.get("trainable_parameters") is not None:
        items.append((texts.text("model.trainable"), format_number(model["trainable_parameters"])))
    if "flops" in model:
        items.append((texts.text("model.flops"), format_number(model["flops"])))
    elif model.get("flops_not_counted"):
        items.append(
            (texts.text("model.flops"), texts.text("model.not_counted", reason=str(model["flops_not_counted"])))
        )
    command = "finetune" if "backbone" in run.recipe else "train"
    text = texts.text("model.text", command=command)
    found = [blocks.section("model", texts.text("model.title"), text), blocks.facts(items)]
    if "stages" in run.info:
        frame = pd.DataFrame(run.info["stages"], dtype=object).rename(columns={"name": "stage"})
        caption = texts.text("model.stages")
        found.append(blocks.table("stages", frame, caption=caption, headings=texts.labels("labels")))
    if run.recipe:
        values = [value if isinstance(value, str) else json.dumps(value, default=str) for value in run.recipe.values()]
        frame = pd.DataFrame({"setting": list(run.recipe), "value": values}, dtype=object)
        caption = texts.text("model.recipe")
        found.append(blocks.table("recipe", frame, caption=caption, headings=texts.labels("labels")))
    return found


def _counts(class_counts: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    names = list(dict.fromkeys(name for counts in class_counts.values() for name in counts))
    columns = {split: [int(counts.get(name, 0)) for name in names] for split, counts in class_counts.items()}
    return pd.DataFrame({"class": names, **columns}) if names else pd.DataFrame()


def _columns(columns: Mapping[str, str]) -> str:
    shown = [f"{name} ({kind})" for name, kind in list(columns.items())[:COLUMNS_SHOWN]]
    return ", ".join(shown) + (" …" if len(columns) > COLUMNS_SHOWN else "")


def _excluded(excluded: list[Any]) -> list[blocks.Block]:
    if not excluded:
        return []
    texts = interface_texts()
    frame = pd.DataFrame(excluded[:EXCLUDED_SHOWN], columns=["path", "reason"], dtype=object)
    caption = texts.text("data.excluded", count=len(excluded))
    if len(excluded) > EXCLUDED_SHOWN:
        more = texts.text("data.excluded_more", shown=EXCLUDED_SHOWN)
        caption = {language: f"{caption[language]}. {more[language]}" for language in LANGUAGES}
    return [blocks.table("excluded", frame, caption=caption, headings=texts.labels("labels"))]
