"""Predict from a saved `.keras` file alone: photographs, table rows or arrays in, a table of answers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atolye.runs.artefact import ModelCard, load_artefact, read_card

if TYPE_CHECKING:
    import keras

    from atolye.augment.views import Views

BATCH_SIZE = 64


@dataclass(frozen=True)
class Predictor:
    """A saved model with its preprocessing: what `atolye predict` uses.

    Args:
        path: a `model.keras` that atolye wrote; nothing else of its run is needed.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when the file is not one of atolye's.

    Example:
        Predictor("runs/pets/model.keras").predict_files(["cat.jpg"])
    """

    path: Path

    def __init__(self, path: str | Path) -> None:
        object.__setattr__(self, "path", Path(path))
        object.__setattr__(self, "card", read_card(path))

    card: ModelCard

    @cached_property
    def model(self) -> "keras.Model":
        """The Keras model, loaded when it is first needed."""
        return load_artefact(self.path, compile=False)

    def predict_files(
        self, paths: Sequence[str | Path], *, views: "Views | None" = None
    ) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
        """Predict image files.

        Args:
            paths: image files in any format that a folder of images may hold.
            views: `"flip"` or `"multi_crop"` average the answers to two or six views of each image, `"none"` looks
                once; see `atolye.augment.predict_views`. None: as the model was judged after its training.

        Returns:
            A table with one row a file (id, prediction, confidence, one column a class), and what could not be read as
            `(path, reason)` pairs.
        """
        from atolye.augment.views import check_views
        from atolye.data import read_image

        if views is not None:
            check_views(views)  # before the files are read
        if self.card.kind != "image":
            raise ValueError(f"{self.path} reads table rows; received image files. Give it a CSV file.")
        height, width, channels = self.card.input_shape
        images, names, unreadable = [], [], []
        for path in paths:
            try:
                images.append(read_image(path, (height, width), resize=self.card.resize, channels=channels))
                names.append(str(path))
            except (OSError, ValueError) as error:
                unreadable.append((str(path), str(error)))
        if not images:
            return self._named(np.zeros((0, max(1, len(self.card.class_names)))), names), unreadable
        return self._named(self._outputs(np.stack(images), views or self.card.views), names), unreadable

    def predict_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Predict table rows; columns that the model does not know are passed over, one that it misses is an error.

        Args:
            frame: raw columns as in the table that the model learned from, with or without the target.

        Returns:
            A table with one row an input row: id (row number), prediction, confidence, one column a class.
        """
        if self.card.encoder is None:
            raise ValueError(f"{self.path} reads images; received a table. Give it image files.")
        from atolye.data import TableEncoder

        rows = TableEncoder.from_dict(self.card.encoder).transform(frame)
        return self._named(self._outputs(rows), [str(number) for number in range(len(frame))])

    def _outputs(self, inputs: np.ndarray, views: "Views" = "none") -> np.ndarray:
        return probabilities(self.model, inputs, self.card.task, views=views)

    def _named(self, outputs: np.ndarray, names: list[str]) -> pd.DataFrame:
        frame = prediction_frame(outputs, len(self.card.class_names))
        if self.card.class_names:
            labels = list(self.card.class_names)
            frame["prediction"] = [labels[label] for label in frame["prediction"]]
            frame = frame.rename(columns={f"p_{label}": name for label, name in enumerate(labels)})
        frame.insert(0, "id", names)
        return frame


def probabilities(
    model: "keras.Model", inputs: Any, task: str, *, views: "Views" = "none", one_look: np.ndarray | None = None
) -> np.ndarray:
    """Return the model's answers as `(num_examples, num_classes)` probabilities, or `(num_examples, 1)` values.

    Args:
        model: a model whose last layer gives probabilities (softmax, or one sigmoid unit for two classes) or values.
        inputs: uint8 images or encoded rows; may be memory-mapped: read in batches.
        task: `"classification"` or `"regression"`.
        views: views of each image to average over; see `atolye.augment.predict_views`.
        one_look: with views, what this function returns without them, where it is known: that is not asked again then.
    """

    def predict(batch: np.ndarray) -> np.ndarray:
        outputs = model.predict(batch, batch_size=BATCH_SIZE, verbose=0).astype("float32")
        if task == "classification" and outputs.shape[-1] == 1:
            outputs = np.concatenate([1 - outputs, outputs], axis=-1)  # sigmoid unit -> two classes
        return outputs

    blocks = []
    for start in range(0, len(inputs), 8192):  # bounded memory for memory-mapped inputs
        block = np.asarray(inputs[start : start + 8192])
        if views == "none":
            blocks.append(predict(block))
        else:
            from atolye.augment import predict_views

            answers = None if one_look is None else one_look[start : start + 8192]
            blocks.append(predict_views(predict, block, views=views, answers=answers).astype("float32"))
    return np.concatenate(blocks)


def prediction_frame(outputs: np.ndarray, num_classes: int) -> pd.DataFrame:
    """Return prediction, confidence and `p_0 ... p_C` of each row; only `prediction` for regression."""
    if not num_classes:
        return pd.DataFrame({"prediction": outputs[:, 0].astype("float32"), "confidence": np.nan})
    columns = {f"p_{label}": outputs[:, label].astype("float32") for label in range(num_classes)}
    best = outputs.argmax(axis=-1) if len(outputs) else np.zeros(0, int)
    return pd.DataFrame({"prediction": best, "confidence": outputs.max(axis=-1, initial=0.0), **columns})
