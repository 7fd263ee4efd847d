"""Judge a run's saved model on other data of the same classes."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atolye.data import BUILT_IN, Dataset, Split, TableEncoder, load_dataset
from atolye.evaluate import metrics, regression_metrics
from atolye.runs import ModelCard, Predictor, Run
from atolye.runs.predictor import prediction_frame, probabilities
from atolye.train.prepare import encode

if TYPE_CHECKING:
    from atolye.augment.views import Views


def evaluate_run(
    run: Run,
    data: str | Path,
    *,
    split: str = "all",
    data_dir: str | Path | None = None,
    views: "Views | None" = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, float], pd.DataFrame]:
    """Return the figures of the run's model on `data`, and its predictions there.

    Args:
        run: a finished training run.
        data: built-in set, folder or CSV with the classes that the model knows.
        split: `"train"`, `"validation"`, `"test"` or `"all"` of the data's examples.
        data_dir: folder that holds `<name>.npz` of the downloadable sets.
        views: of each image, whose answers are averaged: `"none"`, `"flip"` or `"multi_crop"`; None: as the model was
            judged after its training. See `atolye.augment.predict_views`.
        progress: called with `(done, total)` while files are read.

    Raises:
        ValueError: when the data's kind, task or classes are not the model's, views are unknown, or asked of a table.
    """
    if split not in ("train", "validation", "test", "all"):
        raise ValueError(f"split must be 'train', 'validation', 'test' or 'all'; received {split!r}.")
    if views is not None:
        from atolye.augment.views import check_views  # brings Keras

        check_views(views)
    predictor = Predictor(run.model_path)
    card = predictor.card
    if card.kind != "image" and views not in (None, "none"):
        raise ValueError(f"views={views!r} is for images; run {run.name!r} reads table rows. Leave it out.")
    # All examples: nothing has to be split off, and a class may have a single one. A part: split as for the training.
    sizes_of_their_own = set(BUILT_IN) - {"shapes"}
    keys = ("validation_fraction", "test_fraction")
    fractions = dict.fromkeys(keys, 0.0) if split == "all" else {key: run.recipe[key] for key in keys}
    dataset = load_dataset(
        str(data),
        data_dir=data_dir,
        target=card.target,
        task=card.task if card.kind == "table" else None,
        split_seed=run.recipe["split_seed"],
        **fractions,
        image_size=card.input_shape[0] if card.kind == "image" and str(data) not in sizes_of_their_own else None,
        resize=card.resize,
        progress=progress,
    )
    check_agreement(card, dataset)
    parts = [part for name, part in dataset.splits.items() if split in (name, "all") and len(part)]
    frames = [_predict(predictor, part, dataset, views or card.views) for part in parts]
    frame = pd.concat(frames, ignore_index=True)
    targets = frame["target"].to_numpy()
    if card.task == "regression":
        return regression_metrics(targets, frame["prediction"].to_numpy()), frame
    columns = [f"p_{label}" for label in range(len(card.class_names))]
    return metrics(targets, frame[columns].to_numpy()), frame


def check_agreement(card: ModelCard, dataset: Dataset) -> None:
    """Raise a ValueError unless the data has the model's kind and task, and no class that the model does not know."""
    if (dataset.kind, dataset.task) != (card.kind, card.task):
        raise ValueError(
            f"the model does {card.task} on {card.kind} data; received {dataset.task} on {dataset.kind} data."
        )
    if card.kind == "image" and dataset.input_shape != card.input_shape:
        raise ValueError(f"the model reads images of shape {card.input_shape}; received {dataset.input_shape}.")
    unknown = [name for name in dataset.class_names if name not in card.class_names]
    if unknown:
        raise ValueError(
            f"the data has classes that the model does not know: {', '.join(unknown[:5])}. "
            f"Expected only: {', '.join(card.class_names[:10])}. Rename the folders or labels, or train again."
        )


def _predict(predictor: Predictor, part: Split, dataset: Dataset, views: "Views") -> pd.DataFrame:
    card = predictor.card
    inputs: Any = encode(part, TableEncoder.from_dict(card.encoder) if card.encoder else None).inputs
    frame = prediction_frame(probabilities(predictor.model, inputs, card.task, views=views), len(card.class_names))
    frame.insert(0, "id", part.ids)
    # The data's class ids may stand in another order, or lack a class: go by name.
    order = np.array([card.class_names.index(name) for name in dataset.class_names], int)
    frame.insert(1, "target", order[part.targets] if len(order) else part.targets)
    return frame
