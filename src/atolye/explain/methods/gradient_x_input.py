"""Gradient times input: the first-order share of each pixel in the score."""

from typing import Any

import keras
from keras import ops

from atolye.explain.explanation import Explanation
from atolye.explain.hook import Target
from atolye.explain.methods.base import make_task


def gradient_x_input(
    model: keras.Model,
    images: Any,
    *,
    target: Target = None,
    output: str | int | None = None,
    batch_size: int = 32,
) -> Explanation:
    """Return each pixel times the slope of the score by it, summed over the colours.

    Use it for a quick look at single pixels; the slope is noisy, and black pixels get nothing. `integrated_gradients`
    mends the first, at 32 times the cost.

    Reference: Shrikumar et al. (2016), https://arxiv.org/abs/1605.01713

    Args:
        model: as the other arguments, see `explain_images`.
        images: of shape `(num_images, height, width, channels)`.
        target: class to explain; default: the model's answer.
        output: name of the output, where there are several.
        batch_size: images at a time.

    Example:
        >>> dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((2, 2, 1)), keras.layers.Flatten(), dense])
        >>> gradient_x_input(model, [[[[1.0], [2.0]], [[3.0], [4.0]]]]).maps.tolist()
        [[[1.0, 2.0], [3.0, 4.0]]]
    """
    task = make_task(model, images, target=target, output=output, batch_size=batch_size)
    answer = task.ask(task.probe(pixels_times_slope, gradient=True))
    return task.explanation("gradient_x_input", answer.maps, answer)


def pixels_times_slope(values: Any, slope: Any, images: Any) -> Any:
    """Return sum over the channels of dy/dx * x, of shape `(batch, height, width)`."""
    return ops.sum(slope * values, axis=-1)
