"""The MODEL argument: a `.keras` file, a run's name, or the name of an architecture."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atolye.errors import nearest

if TYPE_CHECKING:
    import keras

IMAGENET = ((224, 224, 3), 1000)  # what the networks of keras.applications were published with
CIFAR = ((32, 32, 3), 10)
IMAGENET_DEPTHS = (18, 34, 50, 101, 152)


def parse_shape(text: str) -> tuple[int, ...]:
    """Return `"32,32,3"` (or `32x32x3`) as a tuple of whole numbers.

    Raises:
        ValueError: when it is not one or more whole numbers of 1 or more.
    """
    parts = [part.strip() for part in re.split("[,x]", text)]
    if not all(part.isdigit() and int(part) for part in parts):
        raise ValueError(f"Received the shape {text!r}; expected whole numbers of 1 or more, such as 32,32,3.")
    return tuple(map(int, parts))


def find_model(
    name: str, *, runs_dir: Path, input_shape: tuple[int, ...] | None = None, num_classes: int | None = None
) -> "keras.Model":
    """Return the model that the user means: loaded from a file or a run, or built by its architecture's name.

    Args:
        name: a `.keras` file; a run's name or folder; `cnn`, `resnet20` (a builder of `atolye.models` with the depth
            behind it) or `VGG16` (of `keras.applications`, with random weights).
        runs_dir: folder that holds the runs.
        input_shape: shape of one input, for an architecture.
        num_classes: classes, for an architecture.

    Raises:
        FileNotFoundError: when nothing has that name; the nearest is told.
        ValueError: when the file is not a model.
    """
    from atolye.runs import find_run, list_runs, load_artefact

    path = Path(name)
    if path.is_file() or path.suffix == ".keras":
        return load_artefact(path, compile=False)
    if (path / "run.json").is_file() or (runs_dir / name / "run.json").is_file():
        return load_artefact(find_run(name, root=runs_dir).model_path, compile=False)
    builders = _builders()
    found = _match(name, builders)
    if found is None:
        alike = nearest(name, [*builders, *(run.name for run in list_runs(runs_dir))])
        hint = f"Did you mean {alike!r}?" if alike else f"Architectures: {', '.join(list(builders)[:8])}, ..."
        raise FileNotFoundError(f"{name!r} is no .keras file, no run in {runs_dir} and no architecture. {hint}")
    key, depth = found
    return _build(key, builders[key], depth, input_shape, num_classes)


def _builders() -> dict[str, Callable[..., Any]]:
    """Return the functions that build a model from an input shape and a number of classes, ours first."""
    import keras

    from atolye import models

    ours = {name: getattr(models, name) for name in models.__all__ if callable(getattr(models, name))}
    ours = {name: build for name, build in ours.items() if {"input_shape", "num_classes"} <= _parameters(build).keys()}
    theirs = {name: build for name, build in vars(keras.applications).items() if inspect.isfunction(build)}
    return ours | theirs


def _match(name: str, builders: dict[str, Any]) -> tuple[str, int | None] | None:
    """Return the builder that is meant and the depth behind its name, whatever the case and the dashes."""
    wanted = _plain(name)
    exact = next((key for key in builders if key == name), None)
    if exact:
        return exact, None
    # A builder that takes a depth comes before a network of keras.applications with that very name.
    stem = wanted.rstrip("0123456789")
    for key, build in builders.items():
        if "depth" in _parameters(build) and _plain(key) == stem and wanted[len(stem) :]:
            return key, int(wanted[len(stem) :])
    return next(((key, None) for key in builders if _plain(key) == wanted), None)


def _build(
    name: str, build: Callable[..., Any], depth: int | None, shape: tuple[int, ...] | None, num_classes: int | None
) -> "keras.Model":
    parameters = _parameters(build)
    if "classes" in parameters:  # keras.applications
        sizes = (shape or IMAGENET[0], num_classes or IMAGENET[1])
        return build(weights=None, input_shape=sizes[0], classes=sizes[1])
    usual = IMAGENET if depth in IMAGENET_DEPTHS else CIFAR
    given: dict[str, Any] = {"input_shape": shape or usual[0], "num_classes": num_classes or usual[1]}
    if depth is not None:
        given["depth"] = depth
    missing = [
        key for key, value in parameters.items() if value.default is inspect.Parameter.empty and key not in given
    ]
    if "depth" in missing:
        raise ValueError(f"{name!r} needs its depth behind its name, such as {name}20.")
    if missing:
        raise ValueError(f"{name!r} also needs {', '.join(missing)}; build it in Python and call atolye.profile.")
    return build(**given)


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {key: value for key, value in inspect.signature(function).parameters.items() if value.kind not in kinds}


def _plain(name: str) -> str:
    return re.sub("[-_]", "", name).lower()
