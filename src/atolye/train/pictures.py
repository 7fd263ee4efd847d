"""The pictures that a run keeps because they need its data: samples and the most confident mistakes."""

from pathlib import Path

import numpy as np
import pandas as pd

from atolye.data import Dataset, image_grid
from atolye.evaluate import most_confident_mistakes
from atolye.files import atomic_path

MISTAKES_SHOWN = 24


def save_pictures(folder: Path, dataset: Dataset, predictions: pd.DataFrame) -> None:
    """Write `samples.png` and, where the model was wrong, `mistakes.png` into `folder`; nothing for tables."""
    if dataset.kind != "image":
        return
    _save(dataset.sample_grid(), folder / "samples.png")
    test = predictions[predictions["split"] == "test"].reset_index(drop=True)
    wrong = most_confident_mistakes(test.assign(row=np.arange(len(test))), MISTAKES_SHOWN)
    if len(wrong):
        names, images = dataset.class_names, np.asarray(dataset.test.inputs)
        columns = (wrong["prediction"].tolist(), wrong["confidence"].tolist(), wrong["target"].tolist())
        titles = [f"{names[said]} {sure:.0%}\n({names[is_]})" for said, sure, is_ in zip(*columns, strict=True)]
        _save(image_grid(images[wrong["row"].to_numpy()], titles), folder / "mistakes.png")


def _save(figure: object, path: Path) -> None:
    with atomic_path(path) as partial:
        figure.savefig(partial, dpi=110, metadata={"Software": None})  # type: ignore[attr-defined]
