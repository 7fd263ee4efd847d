"""What `weights=` may be: random numbers, ImageNet's, or a file; and the reading of Keras's own files."""

import warnings
from pathlib import Path
from typing import Any

from atolye.errors import did_you_mean


def weights_path(weights: str | Path | None) -> Path | None:
    """Return the file that `weights` names, or None for None and `"imagenet"`.

    Raises:
        FileNotFoundError: for any other word, or a file that is not there.

    Example:
        >>> weights_path("imagenet") is None
        True
    """
    if weights is None or weights == "imagenet":
        return None
    path = Path(weights).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f"Received weights={str(weights)!r}; expected 'imagenet', None for a random start, or a file, and there is "
            f"no such file.{did_you_mean(str(weights), ['imagenet'])}"
        )
    return path


def load_keras_weights(model: Any, path: Path, *, name: str) -> None:
    """Load a `.weights.h5`, `.h5` or `.keras` file into a model, or say in one line why it does not fit.

    Args:
        model: the model, built; after an error its weights are of no use.
        path: the file.
        name: what the model is called in the error.

    Raises:
        ValueError: when the file is truncated, in another format, or of another architecture.
    """
    try:
        with warnings.catch_warnings():
            # Of layers that are not in the file Keras may only warn, and leave them random.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except Exception as error:  # HDF5 and Keras raise of every kind, some over many lines
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(
            f"Received weights={path}, which could not be loaded into {name} ({reason}); expected a whole .weights.h5 "
            "or .keras file of the same layers. Fetch it again, or name the network that it was saved from."
        ) from error
