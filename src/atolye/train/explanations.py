"""The maps that an image run keeps, since they need model and data: where it looked when it was wrong or unsure."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from atolye.data import Dataset, find_duplicates
from atolye.evaluate import least_confident_hits, most_confident_mistakes
from atolye.files import atomic_path, write_text
from atolye.report.texts import interface_texts

SHOWN = 8  # images a figure
PAIRS, OF_A_PAIR = 4, 2  # pairs of classes that are confused most, and images of each
MOST_DUPLICATES = 50


def save_explanations(folder: Path, model: Any, dataset: Dataset, predictions: pd.DataFrame) -> None:
    """Write `explanation.json` and `figures/explanation_*.png` into a run's folder; nothing for tables and regression.

    Args:
        folder: the run's.
        model: the trained model, images in and probabilities out.
        dataset: of images.
        predictions: rows of `predictions.parquet`.
    """
    if dataset.kind != "image" or dataset.task != "classification":
        return
    test = predictions[predictions["split"] == "test"].reset_index(drop=True)
    chosen = _chosen(test.assign(row=np.arange(len(test))))
    content: dict[str, Any] = _duplicates(dataset)
    content |= _maps(folder / "figures", model, dataset, chosen)
    if content:
        write_text(folder / "explanation.json", json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _chosen(test: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the rows of each figure: sure and wrong, right and unsure, and the pairs confused most."""
    wrong = most_confident_mistakes(test, len(test))
    often = wrong.groupby(["target", "prediction"]).size().sort_values(ascending=False, kind="stable").index[:PAIRS]
    pairs = [wrong[(wrong["target"] == true) & (wrong["prediction"] == said)].head(OF_A_PAIR) for true, said in often]
    figures = {
        "mistakes": wrong.head(SHOWN),
        "hits": least_confident_hits(test, SHOWN),
        "pairs": pd.concat(pairs) if pairs else wrong,
    }
    return {name: rows for name, rows in figures.items() if len(rows)}


def _maps(folder: Path, model: Any, dataset: Dataset, chosen: dict[str, pd.DataFrame]) -> dict[str, Any]:
    from atolye.explain import grad_cam
    from atolye.explain.hook import NoMapError

    every = pd.concat(list(chosen.values())).drop_duplicates("row").sort_values("row")
    rows = every["row"].to_numpy()
    target = every["prediction"].tolist()  # the titles' classes, which the mean over several views may have changed
    try:
        found = grad_cam(model, np.asarray(dataset.test.inputs)[rows], target=target)  # one pass for all figures
    except (NoMapError, NotImplementedError):
        return {}  # an mlp, or a backend that cannot: the run is whole without maps
    texts, figures = interface_texts(), {}
    for number, (name, part) in enumerate(chosen.items(), start=1):
        places = np.searchsorted(rows, part["row"].to_numpy())
        file = f"explanation_{number}_{name}.png"
        figure = found.take(places).figure(list(_titles(name, part, dataset.class_names)))
        with atomic_path(folder / file) as partial:
            figure.savefig(partial, dpi=110, metadata={"Software": None})
        figures[file] = {kind: texts.text(f"explanation.{name}_{kind}", count=len(part)) for kind in ("caption", "alt")}
    return {"text": texts.text("explanation.run", layer=str(found.layer)), "figures": figures}


def _titles(figure: str, rows: pd.DataFrame, names: tuple[str, ...]) -> Iterable[str]:
    for true, said, sure in zip(rows["target"], rows["prediction"], rows["confidence"], strict=True):
        if figure == "hits":
            yield f"{names[said]} {sure:.0%}"
        else:
            yield f"{names[said]} {sure:.0%}\n({names[true]})"


def _duplicates(dataset: Dataset) -> dict[str, Any]:
    found = find_duplicates(dataset)
    if found is None:
        return {}
    # Across splits first: they make a test look better than it is.
    ordered = sorted(found, key=lambda pair: (pair.split == pair.other_split, pair.same_target))
    shown = [list(pair) for pair in ordered[:MOST_DUPLICATES]]
    across = sum(pair.split != pair.other_split for pair in found)
    return {"duplicates": {"count": len(found), "across_splits": across, "pairs": shown}}
