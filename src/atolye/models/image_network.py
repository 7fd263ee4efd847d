"""What the image networks share: pixels in, stages of blocks, an answer out, and the checks before any of it."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import keras
from keras import layers

from atolye.models.head import Task, output_layer

Downsampling = Literal["max", "average", "strides"]
Pooling = Literal["average", "max"]


def check_image_network(input_shape: Sequence[int], widths: Sequence[int], *, dropout: float, l2: float) -> None:
    """Raise ValueError for a shape that is no image's, no or empty stages, or a share or factor out of its range."""
    if len(input_shape) != 3 or any(size is None or size < 1 for size in input_shape):
        raise ValueError(
            f"Received input_shape={tuple(input_shape)}; expected (height, width, channels), without the batch. "
            "Pass for instance (32, 32, 3)."
        )
    if not widths or min(widths) < 1:
        raise ValueError(
            f"Received widths={tuple(widths)}; expected one or more sizes of 1 or more. Pass the filters of each stage."
        )
    if not 0 <= dropout < 1:
        raise ValueError(
            f"Received dropout={dropout}; expected a share from 0 up to but not including 1. Pass 0 for none."
        )
    if l2 < 0:
        raise ValueError(f"Received l2={l2}; expected 0 or more. Pass 0 for none.")


def check_image_side(input_shape: Sequence[int], smallest: int, *, reason: str, fix: str) -> None:
    """Raise ValueError for images of which a side is below `smallest` pixels."""
    height, width = input_shape[:2]
    if min(height, width) < smallest:
        raise ValueError(
            f"Received images of {height} x {width} pixels; expected at least {smallest} x {smallest}, since {reason}. "
            f"{fix}"
        )


def check_word(name: str, word: str, words: Any, *, fix: str) -> None:
    """Raise ValueError unless `word` is one of those that the Literal `words` names."""
    if word not in get_args(words):
        expected = ", ".join(map(repr, get_args(words)))
        raise ValueError(f"Received {name}={word!r}; expected one of {expected}. {fix}")


def image_input(input_shape: Sequence[int]) -> tuple[Any, Any]:
    """Return the input for images in [0, 255] and the same scaled to [0, 1]."""
    inputs = keras.Input(tuple(input_shape), name="image")
    return inputs, layers.Rescaling(1 / 255)(inputs)


def regularizer(l2: float) -> Any:
    """Return a regularizer of the squared weights, or None for 0."""
    return keras.regularizers.L2(l2) if l2 else None


def add_stages(
    x: Any,
    widths: Sequence[int],
    *,
    convolutions: int,
    downsampling: Downsampling,
    make_block: Callable[..., keras.Layer],
) -> Any:
    """Return `x` after a stage for each width: `convolutions` blocks, and half the height and width after them.

    Args:
        x: images of shape `(batch, height, width, channels)`.
        widths: filters of each stage.
        convolutions: blocks of each stage.
        downsampling: `"max"` or `"average"` pooling of 2 x 2 after the last block, or `"strides"` of 2 in it.
        make_block: makes a layer of `(filters, strides=..., name=...)`.
    """
    pooling = {"max": layers.MaxPooling2D, "average": layers.AveragePooling2D}
    for stage, width in enumerate(widths, start=1):
        for block in range(1, convolutions + 1):
            strides = 2 if downsampling == "strides" and block == convolutions else 1
            x = make_block(width, strides=strides, name=f"stage_{stage}_block_{block}")(x)
        if downsampling in pooling:
            x = pooling[downsampling](2, name=f"stage_{stage}_pool")(x)
    return x


def answer(
    inputs: Any, x: Any, num_classes: int, *, pooling: Pooling = "average", dropout: float, task: Task, name: str
) -> keras.Model:
    """Return the model from `inputs` to the answer of global pooling, dropout and the output layer on `x`."""
    pool = layers.GlobalAveragePooling2D if pooling == "average" else layers.GlobalMaxPooling2D
    x = pool(name="pool")(x)  # (batch, channels)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, output_layer(num_classes, task=task)(x), name=name)
