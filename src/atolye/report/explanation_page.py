"""Explain images with a saved model: overlays, raw maps and a page that says what they mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atolye.errors import did_you_mean
from atolye.report.page import Page
from atolye.runs.artefact import NUM_VIEWS

if TYPE_CHECKING:
    import keras

    from atolye.explain import Explanation
    from atolye.runs import ModelCard

TEXTS = Path(__file__).with_name("explanation_page.toml")
ON_PAGE = 24  # images on the page; all of them are in the folder
CHECKED = 16  # images on which the maps are checked


@dataclass(frozen=True)
class Explained:
    """What `explain_files` left.

    Args:
        path: the folder; `report.html` and `maps/` are in it.
        table: one row an image: id, prediction, confidence, target, score, flat (why the map says nothing, or "").
        unreadable: `(path, reason)` of what could not be read.
    """

    path: Path
    table: pd.DataFrame
    unreadable: list[tuple[str, str]]


def explain_files(
    model: "keras.Model",
    card: "ModelCard",
    files: Sequence[str | Path],
    out: str | Path,
    *,
    name: str = "model",
    method: str = "grad_cam",
    target: str | int | None = None,
    layer: str | None = None,
    value_range: tuple[float, float] = (0.0, 255.0),
    check: bool = False,
    lang: str = "en",
) -> Explained:
    """Explain a model's answers on image files; write overlays (`maps/NAME.png`), raw maps (`.npy`) and a page.

    Args:
        model: an image classifier or regressor.
        card: what it needs to read images, and its classes' names.
        files: image files.
        out: folder; made where it is not there, what was in it under the same names is replaced.
        name: the model's name on the page.
        method: see `atolye.explain.explain_images`.
        target: class name or id; None explains what the model answers for each image, over the card's views of it.
        layer: layer of a class-activation map; None for the automatic one.
        value_range: what black and white become; models of atolye take pixels as they are, from 0 to 255.
        check: also measure deletion and insertion on the first images, and the sanity check: seconds to minutes.
        lang: language shown first on the page.

    Raises:
        ValueError: when no file can be read, or method, target or layer are not there (the nearest is told).
    """
    from atolye.explain import explain_images
    from atolye.explain.methods.base import make_task

    if card.kind != "image":
        raise ValueError("this model reads table rows; received image files. Use atolye.explain.explain_table.")
    chosen = class_id(target, card.class_names)
    images, ids, unreadable = _read(files, card, value_range)
    if not ids:
        raise ValueError(f"none of the {len(unreadable)} files could be read.")
    options: dict[str, Any] = {"layer": layer} if layer is not None else {}
    if card.task == "classification" and card.views != "none":
        predicted, confidence = _over_views(model, images, card, method, chosen, options)
        explained: Any = predicted.tolist() if chosen is None else chosen
        found = explain_images(model, images, method=method, target=explained, **options)
    else:
        found = explain_images(model, images, method=method, target=chosen, **options)
        answer = make_task(model, images, target=None).answer
        predicted, confidence = answer.target, answer.shown
    table = _table(found, predicted, confidence, ids, card)
    folder = Path(out)
    found.save(folder / "maps", file_names(ids))
    page = Page(folder, texts=TEXTS, lang=lang, model=name, method=method, count=len(ids))
    _write_page(page, model, images, found, table, unreadable, check=check, views=card.views)
    page.save(_info(name, method, found, len(ids)), kind="explanation")
    return Explained(folder, table, unreadable)


def _over_views(
    model: "keras.Model",
    images: np.ndarray,
    card: "ModelCard",
    method: str,
    target: int | None,
    options: dict[str, Any],
) -> tuple[np.ndarray, np.ndarray]:
    """Return classes and confidences over the card's views; what does not fit is told before the model is asked."""
    from atolye.explain.explain_images import check_method
    from atolye.explain.methods.base import make_task
    from atolye.runs.predictor import probabilities

    check_method(method, options)
    make_task(model, images, target=target)
    answers = probabilities(model, images, card.task, views=card.views)
    return answers.argmax(axis=1), answers.max(axis=1)


def class_id(target: str | int | None, names: Sequence[str]) -> int | None:
    """Return the id of a class given by its name or its number; None stays None.

    Raises:
        ValueError: when no class has that name; the nearest is told.

    Example:
        >>> class_id("dog", ["cat", "dog"]), class_id("0", ["cat", "dog"])
        (1, 0)
    """
    if target is None:
        return None
    if str(target) in names:
        return list(names).index(str(target))
    if str(target).lstrip("-").isdigit():
        return int(target)
    known = ", ".join(list(names)[:10]) or "a number"
    raise ValueError(f"the model has no class {str(target)!r}; expected {known}.{did_you_mean(str(target), names)}")


def file_names(ids: Sequence[str]) -> list[str]:
    """Return a file's name for each image: its own without the ending, numbered where two would be the same.

    Example:
        >>> file_names(["a/cat.jpg", "b/cat.png", "dog.jpg"])
        ['cat', 'cat-2', 'dog']
    """
    used: dict[str, int] = {}
    names = []
    for entry in ids:
        stem = Path(entry).stem
        used[stem] = used.get(stem, 0) + 1
        names.append(stem if used[stem] == 1 else f"{stem}-{used[stem]}")
    return names


def _read(
    files: Sequence[str | Path], card: "ModelCard", value_range: tuple[float, float]
) -> tuple[np.ndarray, list[str], list[tuple[str, str]]]:
    from atolye.data import read_image

    height, width, channels = card.input_shape
    images, ids, unreadable = [], [], []
    for path in files:
        try:
            images.append(read_image(path, (height, width), resize=card.resize, channels=channels))
            ids.append(str(path))
        except (OSError, ValueError) as error:
            unreadable.append((str(path), str(error)))
    low, high = value_range
    return low + np.array(images, "float32") / 255 * (high - low), ids, unreadable


def _table(
    found: "Explanation", predicted: np.ndarray, confidence: np.ndarray, ids: list[str], card: "ModelCard"
) -> pd.DataFrame:
    names = card.class_names

    def named(targets: np.ndarray) -> list[str]:
        return [names[target] if 0 <= target < len(names) else str(target) for target in targets]

    columns = {
        "id": ids,
        "prediction": named(predicted),
        "confidence": confidence.astype(float),
        "explained": named(found.targets),
        "score": found.scores.astype(float),
        "flat": [reason or "" for reason in found.reasons],
    }
    if card.task == "regression":  # the answer is the value, and there is nothing else to explain
        columns |= {"prediction": [f"{value:.4g}" for value in confidence], "explained": ["value"] * len(ids)}
        columns["confidence"] = np.full(len(ids), np.nan)
    return pd.DataFrame(columns)


def _write_page(
    page: Page,
    model: "keras.Model",
    images: np.ndarray,
    found: "Explanation",
    table: pd.DataFrame,
    unreadable: list[tuple[str, str]],
    *,
    check: bool,
    views: str,
) -> None:
    page.headline("images", len(table), shown=min(ON_PAGE, len(table)))
    if table["confidence"].notna().all():
        page.headline("confidence", f"{table['confidence'].mean():.1%}")
    if found.flat.any():
        page.headline("flat", int(found.flat.sum()))
    where = found.layer or {"tr": "görüntünün kendisi", "en": "the image itself"}
    page.section(found.method, layer=where)
    page.text("reading_magnitude" if found.magnitude else "reading", layer=where)
    if found.layer:
        page.text("resolution", layer=where)
    if views != "none" and table["confidence"].notna().all():
        page.text("over_views", count=NUM_VIEWS[views])
    part = table.head(ON_PAGE)
    columns = (part["id"], part["explained"], part["score"])
    titles = [f"{Path(file).name[:22]}\n{target}: {score:.3g}" for file, target, score in zip(*columns, strict=True)]
    page.figure("maps", found.take(np.arange(len(part))).figure(titles), shown=len(part), count=len(table))
    page.section("answers")
    page.table("answers_table", table.drop(columns="flat"))
    if found.flat.any():
        page.notice("flat_maps", tone="warning", count=int(found.flat.sum()))
        page.table("flat_table", table.loc[table["flat"] != "", ["id", "explained", "flat"]])
    if unreadable:
        page.table("unreadable_table", pd.DataFrame(unreadable, columns=["path", "reason"]))
    if check:
        _checks(page, model, images[:CHECKED], found.take(np.arange(min(CHECKED, len(images)))))


def _checks(page: Page, model: "keras.Model", images: np.ndarray, found: "Explanation") -> None:
    from atolye.explain.quality import deletion, insertion, sanity_check

    page.section("trust", count=len(images))
    measures = [deletion(model, found), insertion(model, found)]
    frame = pd.DataFrame(
        {
            "measure": [measure.name for measure in measures],
            "maps": [measure.mean for measure in measures],
            "random_maps": [measure.random_mean for measure in measures],
            "better": ["higher" if measure.higher_is_better else "lower" for measure in measures],
        }
    )
    page.table("trust_table", frame)
    options: dict[str, Any] = {"target": found.targets}
    sanity = sanity_check(model, images, method=found.method, **options)
    rows = pd.DataFrame({"layer": sanity.layers, "similarity": sanity.similarity.mean(axis=1)})
    page.table("sanity_table", rows)
    values = {"similarity": float(sanity.similarity[-1].mean()), "random": float(sanity.random.mean())}
    page.notice("sane" if sanity.passed else "insane", tone="good" if sanity.passed else "warning", **values)


def _info(name: str, method: str, found: "Explanation", count: int) -> dict[str, Any]:
    from atolye import __version__
    from atolye.runs import machine, versions

    return {
        "name": f"{name}-{method}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "atolye": __version__,
        "versions": versions(),
        "machine": machine(),
        "explanation": {"model": name, "method": method, "layer": found.layer, "images": count},
    }
