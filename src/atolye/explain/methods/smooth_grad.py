"""SmoothGrad: the slope by the pixels, averaged over noisy copies of the image."""

from typing import Any

import keras
import numpy as np

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target, ask
from atolye.explain.methods.base import make_task
from atolye.explain.methods.integrated_gradients import slope_of_pixels


def smooth_grad(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    output: str | int | None = None,
    copies: int = 25,
    noise: float = 0.15,
    seed: int = 0,
    batch_size: int = 32,
) -> Explanation:
    """Return the mean slope of the score by each pixel over noisy copies: where a change would matter.

    Use it to see edges and parts that the score hangs on. The raw map holds the slope of the colour with the largest
    one; its sign says little, so its size is shown.

    Reference: Smilkov et al. (2017), SmoothGrad, https://arxiv.org/abs/1706.03825

    Args:
        model: as the other arguments, see `explain_images`.
        images: of shape `(num_images, height, width, channels)`.
        target: class to explain; default: the model's answer.
        output: name of the output, where there are several.
        copies: noisy copies, 1 or more; each is a pass forward and back.
        noise: standard deviation as a share of the image's range of values, 0 or more.
        seed: the same seed, the same noise, for every image.
        batch_size: images at a time.

    Raises:
        ValueError: when `copies` or `noise` is out of range.

    Example:
        >>> dense = keras.layers.Dense(1, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), dense])
        >>> smooth_grad(model, np.ones((1, 2, 2, 1)), copies=2).maps.tolist()
        [[[1.0, 1.0], [1.0, 1.0]]]
    """
    if copies < 1 or noise < 0:
        raise ValueError(f"Received copies={copies}, noise={noise}; expected copies of 1 or more, noise of 0 or more.")
    task = make_task(model, images, target=target, output=output, batch_size=batch_size).with_answers()
    pixels, probe = task.inputs.images, task.probe(slope_of_pixels, gradient=True)
    width = noise * (pixels.max(axis=(1, 2, 3)) - pixels.min(axis=(1, 2, 3)))
    total = np.zeros(pixels.shape)
    for first in range(0, len(pixels), batch_size):
        rows = slice(first, first + batch_size)
        random = np.random.default_rng(seed)
        for _ in range(copies):
            # One pattern for all images: an image's map does not depend on those beside it.
            pattern = random.standard_normal(pixels.shape[1:], "float32")
            noisy = (pixels[rows] + width[rows, None, None, None] * pattern).astype("float32")
            total[rows] += ask(task.model, probe, task.inputs.take(rows, noisy), task.classes[rows]).maps / copies
    strongest = np.abs(total).argmax(axis=-1)[..., None]
    maps = np.take_along_axis(total, strongest, axis=-1)[..., 0]  # (N, H, W, C) -> (N, H, W)
    return task.explanation("smooth_grad", maps, magnitude=True)
