"""What a model is asked about: images, alone or with other inputs, checked once."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


class Inputs:
    """A model's inputs, of which one is a picture: the one that is explained.

    Args:
        model: built model.
        x: images of shape `(num_images, height, width, channels)`, or a list or dictionary of arrays with one such
            picture (the first of several).

    Raises:
        ValueError: when there is no picture, its size is not the model's, or its values are not finite or not in the
            range that the model reads.
    """

    def __init__(self, model: keras.Model, x: Any) -> None:
        if not isinstance(model, keras.Model):
            raise ValueError(f"Received a {type(model).__name__}; expected a keras.Model.")
        if not model.built:
            raise ValueError(f"Model {model.name!r} is not built; call it on data or give it a keras.Input first.")
        # A list of numbers or of images is one array; a list with whole arrays of images in it is several inputs.
        several = isinstance(x, dict | tuple) or (isinstance(x, list) and any(getattr(p, "ndim", 0) == 4 for p in x))
        self._structure = x if several else np.asarray(x)
        self._arrays = [np.asarray(part) for part in keras.tree.flatten(self._structure)]
        pictures = [index for index, array in enumerate(self._arrays) if array.ndim == 4]
        if not pictures or not all(array.shape and len(array) for array in self._arrays):
            shapes = ", ".join(str(array.shape) for array in self._arrays)
            one = any(array.ndim == 3 for array in self._arrays)
            raise ValueError(
                f"Received inputs of shape {shapes}; expected images of shape (num_images, height, width, channels)."
                + (" Give one image as images[None]." if one else "")
            )
        self._place = pictures[0]
        images = self._arrays[self._place]
        _check(model, images)
        self._arrays[self._place] = images.astype("float32")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def images(self) -> np.ndarray:
        """The picture input, float32 of shape `(num_images, height, width, channels)`."""
        return self._arrays[self._place]

    def take(self, rows: Sequence[int] | np.ndarray | slice, images: np.ndarray | None = None) -> Any:
        """Return some examples as the model takes them, with other images in place of their own where given."""
        parts = [array[rows] for array in self._arrays]
        if images is not None:
            parts[self._place] = images
        return keras.tree.pack_sequence_as(self._structure, parts)


def picture_in(inputs: Any) -> Any:
    """Return the first tensor of rank 4 in a structure of inputs."""
    return next(part for part in keras.tree.flatten(inputs) if len(part.shape) == 4)


def with_picture(inputs: Any, picture: Any) -> Any:
    """Return the structure with another tensor in the place of its picture."""
    old = picture_in(inputs)
    parts = [picture if part is old else part for part in keras.tree.flatten(inputs)]
    return keras.tree.pack_sequence_as(inputs, parts)


def _check(model: keras.Model, images: np.ndarray) -> None:
    if not np.issubdtype(images.dtype, np.number) or not np.isfinite(images).all():
        raise ValueError(f"Received images of dtype {images.dtype} with values that are no finite numbers; mend them.")
    for tensor in getattr(model, "inputs", None) or []:
        wanted = tuple(tensor.shape[1:])
        if len(wanted) != 3:
            continue
        if any(size not in (None, got) for size, got in zip(wanted, images.shape[1:], strict=True)):
            raise ValueError(
                f"Received images of {_sizes(images.shape[1:])}; model {model.name!r} reads {_sizes(wanted)}. "
                "Resize them, for instance with atolye.data.read_image(path, (height, width))."
            )
        break
    divisor = _divisor(model)
    if divisor and np.issubdtype(images.dtype, np.floating) and 0 < images.max() <= 1 and images.min() >= 0:
        raise ValueError(
            f"Received images in [0, {images.max():.3g}]; model {model.name!r} divides by {divisor:g} itself and "
            "expects [0, 255]. Multiply them by 255."
        )


def _divisor(model: keras.Model) -> float | None:
    """Return what the model divides its pixels by, where a Rescaling layer makes [0, 255] small."""
    for layer in model._flatten_layers(include_self=False):
        scale = getattr(layer, "scale", None)
        if isinstance(layer, keras.layers.Rescaling) and isinstance(scale, (int, float)):
            return 1 / scale if 0 < scale <= 1 / 100 else None
        if layer.weights and not isinstance(layer, keras.Model):
            return None  # past the first layer that learns, a Rescaling means something else
    return None


def _sizes(shape: Sequence[int | None]) -> str:
    return " x ".join("any" if size is None else str(size) for size in shape)
