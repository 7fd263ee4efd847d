"""One file to keep: a `.keras` archive that also carries preprocessing, class names and provenance.

A `.keras` file is a zip archive. The card is one more member of it, `atolye.json`, plain JSON: Keras ignores it,
anybody can read it with `unzip -p model.keras atolye.json`, and nothing in it can run code.
"""

import importlib
import json
import zipfile
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from atolye.files import atomic_path

if TYPE_CHECKING:
    import keras

CARD_MEMBER = "atolye.json"
NUM_VIEWS = {"none": 1, "flip": 2, "multi_crop": 6}
# What a compiled file may name, registered by import; by name only, since runs stand before training in the house.
TRAINED_BY = ("atolye.train.losses", "atolye.train.metrics", "atolye.train.optimizers", "atolye.train.schedules")


@dataclass(frozen=True)
class ModelCard:
    """What a saved model needs beside its weights to read raw photographs or table rows, and where it came from.

    Args:
        kind: `"image"` or `"table"`.
        task: `"classification"` or `"regression"`.
        class_names: names by class id; empty for regression.
        input_shape: shape of one model input, `(height, width, channels)` or `(num_features,)`.
        resize: how a photograph is brought to that shape: `"crop"` or `"pad"`.
        encoder: the fitted table encoder as plain JSON values; None for images.
        target: name of the target column, None for images.
        views: of each image, whose answers are averaged; see `atolye.augment.predict_views`.
        provenance: run name, date, data hash, versions, test metrics.

    Example:
        >>> ModelCard("image", "classification", ("cat", "dog"), (96, 96, 3), resize="crop").class_names
        ('cat', 'dog')
    """

    kind: str
    task: str
    class_names: tuple[str, ...]
    input_shape: tuple[int, ...]
    resize: Literal["crop", "pad"] = "crop"
    encoder: dict[str, Any] | None = None
    target: str | None = None
    views: Literal["none", "flip", "multi_crop"] = "none"
    provenance: dict[str, Any] = field(default_factory=dict)


def save_artefact(model: "keras.Model", path: str | Path, card: ModelCard) -> None:
    """Write `model` and its card to the `.keras` file `path`, wholly or not at all.

    Raises:
        ValueError: when `path` does not end in `.keras`.
    """
    path = Path(path)
    if path.suffix != ".keras":
        raise ValueError(f"a model's file must end in '.keras'; received {path.name!r}. Rename it.")
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and not optimizer.built:
        optimizer.build(model.trainable_variables)  # else Keras warns at load that its variables do not match
    with atomic_path(path) as partial:
        model.save(partial, overwrite=True)
        with zipfile.ZipFile(partial, "a") as archive:
            archive.writestr(CARD_MEMBER, json.dumps({"format": 1, **asdict(card)}, ensure_ascii=False, indent=2))


def read_card(path: str | Path) -> ModelCard:
    """Return the card of a `.keras` file without loading Keras.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not a `.keras` archive, or one that atolye did not write.
    """
    path = Path(path)
    with _archive(path) as archive:
        if CARD_MEMBER not in archive.namelist():
            raise ValueError(
                f"{path} holds no atolye card, so its classes and preprocessing are unknown. "
                "Expected a model.keras that 'atolye train' wrote; load others with keras.saving.load_model."
            )
        content = json.loads(archive.read(CARD_MEMBER))
    known = {entry.name for entry in fields(ModelCard)}
    values = {name: value for name, value in content.items() if name in known}
    values["class_names"], values["input_shape"] = tuple(values["class_names"]), tuple(values["input_shape"])
    return ModelCard(**values)


def load_artefact(path: str | Path, *, compile: bool = True) -> "keras.Model":
    """Load the model of a `.keras` file in safe mode: a file that wants to run code is refused.

    Args:
        path: a `.keras` file.
        compile: whether loss, metrics and optimizer come back too; not needed to predict.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not a `.keras` archive, holds a Lambda layer, or names an object nobody registered.
    """
    path = Path(path)
    with _archive(path):
        pass
    import keras

    import atolye.layers  # noqa: F401  registers the layers that the file may name

    for part in TRAINED_BY if compile else ():
        importlib.import_module(part)
    try:
        model = keras.saving.load_model(path, compile=compile, safe_mode=True)
    except Exception as error:
        reason = str(error)
        if "ambda" in reason:  # Keras words it in several ways: "Lambda layer", "a Python `lambda`"
            raise ValueError(
                f"{path} holds a Lambda layer, which can run any code when it is loaded; refused. "
                "Replace the Lambda by a registered layer and save the model again."
            ) from None
        raise ValueError(f"cannot load {path}: {' '.join(reason.split())[:300]}") from error
    if compile and model.compiled:  # the file knows what was fast on the backend that wrote it
        model.jit_compile = keras.backend.backend() == "jax"
    return model


def _archive(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}. Expected a .keras file, such as runs/NAME/model.keras.")
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError):
        raise ValueError(f"{path} is not a .keras file: it is not a zip archive, or it is cut short.") from None
    if "config.json" not in archive.namelist():
        archive.close()
        raise ValueError(f"{path} is not a .keras file: it holds no config.json.")
    return archive
