"""What a layer makes of images, and the filters that it makes it with, as grids of small pictures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
import numpy as np

from atolye.explain.hook.layer_paths import find_path, named_layers
from atolye.explain.hook.recording import recording
from atolye.explain.pictures import displayed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS = 8  # small pictures side by side


class Tile(NamedTuple):
    """One small picture: grey values of shape `(height, width)` or colours of shape `(height, width, 3)`."""

    picture: np.ndarray
    label: str
    limits: tuple[float, float] | None = None  # what is darkest and brightest; default: its own extremes
    colours: str = "viridis"


@dataclass(frozen=True)
class FeatureMaps:
    """What `feature_maps` found.

    Args:
        layer: the layer's name.
        maps: the chosen channels of the layer's output, of shape `(num_images, height, width, count)`.
        channels: the numbers of these channels, strongest first.
        images: the images that went in, of shape `(num_images, height, width, 1 or 3)`.
    """

    layer: str
    maps: np.ndarray
    channels: tuple[int, ...]
    images: np.ndarray

    def figure(self) -> "Figure":
        """Draw a block of rows for each image: the image, then its maps, each from its darkest to its brightest."""
        blocks = []
        for image, maps in zip(self.images, self.maps, strict=True):
            tiles = [Tile(maps[..., index], f"channel {channel}") for index, channel in enumerate(self.channels)]
            blocks.append([Tile(displayed(image), "image", (0.0, 1.0), "gray"), *tiles])
        return _grid(self.layer, blocks)


@dataclass(frozen=True)
class Filters:
    """What `filters` found.

    Args:
        layer: the layer's name.
        kernels: the chosen filters, of shape `(height, width, input channels, count)`.
        channels: the numbers of these filters, largest first.
    """

    layer: str
    kernels: np.ndarray
    channels: tuple[int, ...]

    def figure(self) -> "Figure":
        """Draw each filter: three input channels as a colour picture, others as the mean over them.

        One scale holds for all of them, with 0 at its middle.
        """
        colour = self.kernels.shape[2] == 3
        pictures = [kernel if colour else kernel.mean(axis=-1) for kernel in np.moveaxis(self.kernels, -1, 0)]
        limit = max(float(np.abs(picture).max()) for picture in pictures) or 1.0
        # Colours show 0 as grey: [-limit, limit] -> [0, 1].
        shown = [picture / limit / 2 + 0.5 for picture in pictures]
        tiles = [Tile(p, f"filter {c}", (0.0, 1.0), "gray") for p, c in zip(shown, self.channels, strict=True)]
        return _grid(self.layer, [tiles])


def feature_maps(model: keras.Model, images: Any, *, layer: str | None = None, count: int = 16) -> FeatureMaps:
    """Return what a layer makes of images: the channels of its output that answer most strongly.

    Use it to see what a network looks at: edges and colours in the first layers, parts of objects in the later ones,
    and channels that are dead.

    Reference: Zeiler and Fergus (2014), arXiv:1311.2901.

    Args:
        model: built Functional or Sequential model.
        images: what the model takes, of shape `(num_images, height, width, channels)`.
        layer: name of a layer, nested ones as `outer/inner`; default: the first convolution.
        count: channels to return, those with the largest mean magnitude over the images; all of them when there are
            fewer.

    Raises:
        ValueError: when no layer has that name (the nearest is told), its output is not a picture, or an argument is
            out of its range.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3, name="first")])
        >>> feature_maps(model, np.ones((2, 8, 8, 1)), layer="first", count=3).maps.shape
        (2, 6, 6, 3)
    """
    images = np.asarray(images)
    _check(model, count)
    if images.ndim != 4 or not len(images):
        raise ValueError(f"Received images of shape {images.shape}; expected (num_images, height, width, channels).")
    name, chosen = _find(model, layer)
    outputs = _outputs(model, chosen, images)
    if outputs.ndim != 4:
        raise ValueError(
            f"The output of layer {name!r} has shape {outputs.shape[1:]}, which is no picture; expected "
            "(height, width, channels). Choose a convolution, or a layer before the pooling of the whole image."
        )
    if getattr(chosen, "data_format", None) == "channels_first":
        outputs = np.moveaxis(outputs, 1, -1)  # (N, C, H, W) -> (N, H, W, C)
    channels = _strongest(np.abs(outputs).mean(axis=(0, 1, 2)), count)
    return FeatureMaps(name, outputs[..., channels], tuple(map(int, channels)), images)


def filters(model: keras.Model, *, layer: str | None = None, count: int = 32) -> Filters:
    """Return the filters of a two-dimensional convolution, those with the largest norm first.

    Use it on the first convolution, whose filters are small pictures of what they answer to.

    Args:
        model: built model.
        layer: name of a convolution, nested ones as `outer/inner`; default: the first.
        count: filters to return; all of them when there are fewer.

    Raises:
        ValueError: when no layer has that name (the nearest is told), or it is no two-dimensional convolution.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="first")])
        >>> filters(model, count=2).kernels.shape
        (3, 3, 3, 2)
    """
    _check(model, count)
    name, chosen = _find(model, layer)
    if not isinstance(chosen, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)):
        raise ValueError(
            f"Layer {name!r} is a {type(chosen).__name__}; expected a two-dimensional convolution. "
            f"Choose one of: {', '.join(_convolutions(model))}."
        )
    kernels = keras.ops.convert_to_numpy(chosen.kernel).astype("float32")
    if isinstance(chosen, keras.layers.DepthwiseConv2D):
        kernels = kernels.reshape(*kernels.shape[:2], 1, -1)  # (h, w, c, multiplier) -> (h, w, 1, c * multiplier)
    channels = _strongest(np.sqrt((kernels**2).sum(axis=(0, 1, 2))), count)
    return Filters(name, kernels[..., channels], tuple(map(int, channels)))


def _check(model: Any, count: int) -> None:
    if not model.built:
        raise ValueError(f"Model {model.name!r} is not built; call it on data or give it a keras.Input first.")
    if count < 1:
        raise ValueError(f"Received count={count}; expected 1 or more.")


def _convolutions(model: Any) -> list[str]:
    kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    return [path for path, part in named_layers(model).items() if isinstance(part, kinds)]


def _find(model: Any, name: str | None) -> tuple[str, Any]:
    layers = named_layers(model)
    if name is None:
        first = next(iter(_convolutions(model)), None)
        if first is None:
            raise ValueError(f"Model {model.name!r} has no two-dimensional convolution; give the name of a layer.")
        return first, layers[first]
    path = find_path(name, layers, model=model.name)
    return path, layers[path]


def _outputs(model: Any, layer: Any, images: np.ndarray) -> np.ndarray:
    """Return a layer's output in one pass of inference, wherever the layer is nested."""
    with recording(model, {layer.name: layer}) as record:
        model(keras.ops.convert_to_tensor(images), training=False)
    # bfloat16 has no NumPy type of its own.
    return keras.ops.convert_to_numpy(keras.ops.cast(record.at(layer.name), "float32"))


def _strongest(strengths: np.ndarray, count: int) -> np.ndarray:
    return np.argsort(-strengths, kind="stable")[:count]


def _grid(title: str, blocks: Sequence[Sequence[Tile]]) -> "Figure":
    """Draw blocks of tiles, each block from a new row on; all blocks have as many tiles."""
    from matplotlib.figure import Figure

    across = min(ACROSS, len(blocks[0]))
    down = math.ceil(len(blocks[0]) / across)
    figure = Figure(figsize=(1.25 * across, 1.4 * down * len(blocks) + 0.4), layout="constrained")
    figure.suptitle(title.replace("$", r"\$"), fontsize=10)
    for block, tiles in enumerate(blocks):
        for place, tile in enumerate(tiles):
            axes = figure.add_subplot(down * len(blocks), across, block * down * across + place + 1)
            low, high = tile.limits or (None, None)
            axes.imshow(tile.picture, cmap=tile.colours, vmin=low, vmax=high, interpolation="nearest")
            axes.set_title(tile.label, fontsize=7)
            axes.set_axis_off()
    return figure
