"""Score-CAM: channels weighted by the score of the image seen through each, without any slope."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import make_task
from atolye.explain.methods.masked_scores import masked_scores
from atolye.explain.methods.neutral import neutral_images


def score_cam(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    layer: str | None = None,
    output: str | int | None = None,
    max_channels: int = 64,
    fill: float | np.ndarray | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return Score-CAM maps: the layer's channels, weighted by what the model says of the image seen through each.

    Use it where slopes mislead (saturated or quantized models). Each channel costs a pass, so only those that vary most
    over the image are taken. Of the published variants this is Algorithm 1: the rise of the probability over an image
    without content, and a softmax over the channels.

    Reference: Wang et al. (2020), Score-CAM, https://arxiv.org/abs/1910.01279

    Args:
        model: as the other arguments, see `explain_images`.
        images: of shape `(num_images, height, width, channels)`.
        target: class to explain; default: the model's answer.
        layer: layer to read; default: the last that makes a picture.
        output: name of the output, where there are several.
        max_channels: channels to try, 1 or more.
        fill: pixels where a channel hides the image; default: each image's mean colour.
        batch_size: images at a time.

    Raises:
        ValueError: when `max_channels` is below 1.

    Example:
        >>> layers = [keras.layers.Conv2D(3, 3), keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(2, "softmax")]
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
        >>> score_cam(model, np.eye(8).reshape(1, 8, 8, 1)).maps.shape
        (1, 8, 8)
    """
    if max_channels < 1:
        raise ValueError(f"Received max_channels={max_channels}; expected 1 or more.")
    task = make_task(model, images, target=target, output=output, batch_size=batch_size).with_answers()
    path = task.structure.layer(layer)
    channels = task.ask(task.probe(_most_varied(max_channels), layer=path)).maps  # (N, H, W, K)
    pixels = task.inputs.images
    blank, maps = neutral_images(pixels, fill), np.zeros(pixels.shape[:3])
    for row, image in enumerate(pixels):
        low, high = channels[row].min(axis=(0, 1)), channels[row].max(axis=(0, 1))
        varied = high > low  # a constant channel hides nothing
        if not varied.any():
            continue
        seen = np.moveaxis((channels[row][..., varied] - low[varied]) / (high - low)[varied], -1, 0)  # (K, H, W)
        scores = masked_scores(task, row, _seen_through(image, blank[row], seen, batch_size))
        rise = scores[1:] - scores[0]
        weights = np.exp(rise - rise.max())
        maps[row] = channels[row][..., varied] @ (weights / weights.sum())
    return task.explanation("score_cam", maps, layer=path)


@cache
def _most_varied(count: int) -> Callable[[Any, Any, Any], Any]:
    """Return the function that picks the channels that vary most over the image; one for each count."""

    def pick(values: Any, slope: Any, images: Any) -> Any:
        if values.shape[-1] <= count:
            return values
        _, chosen = ops.top_k(ops.var(values, axis=(1, 2)), count)  # (B, K)
        return ops.take_along_axis(values, chosen[:, None, None, :], axis=-1)

    return pick


def _seen_through(image: np.ndarray, blank: np.ndarray, seen: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """Yield the image without content, then the image through each channel."""
    yield blank[None]
    for first in range(0, len(seen), batch_size):
        yield blank + (image - blank) * seen[first : first + batch_size, :, :, None]
