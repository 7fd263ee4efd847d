"""What a convolution may be given: checked where the layer is made or first sees a shape, before any work."""

import math
from collections.abc import Sequence
from typing import Any

Pair = tuple[int, int]


def positive_pair(name: str, value: int | Sequence[int], *, fix: str) -> Pair:
    """Return `value` as (height, width), each 1 or more.

    Args:
        name: the argument's name, for the message.
        value: a whole number for both, or two of them.
        fix: what to pass instead, for the message.

    Raises:
        ValueError: for anything else, such as a negative rate.

    Example:
        >>> positive_pair("strides", 2, fix="Pass 1.")
        (2, 2)
    """
    numbers: tuple[Any, ...] = tuple(value) if isinstance(value, Sequence) else (value, value)
    if len(numbers) != 2 or not all(isinstance(number, int) and number >= 1 for number in numbers):
        raise ValueError(
            f"Received {name}={value!r}; expected a whole number of 1 or more, or two of them for height and width. "
            f"{fix}"
        )
    return numbers[0], numbers[1]


def check_count(name: str, value: int, *, fix: str) -> None:
    """Raise ValueError unless `value` is a whole number of 1 or more."""
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"Received {name}={value!r}; expected a whole number of 1 or more. {fix}")


def check_strides_and_dilation(strides: Pair, dilation_rate: Pair) -> None:
    """Raise ValueError where both skip pixels: Keras has no such convolution."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ValueError(
            f"Received strides={_sizes(strides)} with dilation_rate={_sizes(dilation_rate)}; expected one of them to "
            "be 1. Dilate first and pool afterwards, or give up one of the two."
        )


def check_groups(groups: int, *, filters: int, channels: int | None = None) -> None:
    """Raise ValueError unless `groups` divides the filters and, where they are known, the input's channels."""
    common = filters if channels is None else math.gcd(filters, channels)
    if common % groups == 0:
        return
    received = f"filters={filters}" + ("" if channels is None else f" on {channels} channels")
    divisors = ", ".join(str(number) for number in range(1, common + 1) if common % number == 0)
    raise ValueError(
        f"Received groups={groups} with {received}; expected a number that divides "
        f"{'it' if channels is None else 'both'}. Take groups out of {divisors}."
    )


def check_image(input_shape: Sequence[int | None]) -> int:
    """Return the channels of `(batch, height, width, channels)`; height and width may be unknown.

    Raises:
        ValueError: for another number of dimensions, or unknown channels.
    """
    if len(input_shape) != 4 or input_shape[-1] is None:
        raise ValueError(
            f"Received inputs of shape {tuple(input_shape)}; expected (batch, height, width, channels) with known "
            "channels. Add the missing dimension, such as channels=1 for grey images."
        )
    return input_shape[-1]


def check_window(input_shape: Sequence[int | None], *, kernel_size: Pair, strides: Pair, dilation_rate: Pair) -> None:
    """Raise ValueError when the filter is larger than the image, or a stride steps out of it.

    A dilated filter spans `k + (k - 1)(d - 1)` pixels. Sides that are not known are not checked.
    """
    check_image(input_shape)
    sides = input_shape[1:3]
    span = tuple(k + (k - 1) * (d - 1) for k, d in zip(kernel_size, dilation_rate, strict=True))
    image = f"images of {_sizes(sides)} pixels; expected at most {_sizes(sides)}"
    if any(side is not None and side < size for side, size in zip(sides, span, strict=True)):
        dilated = (
            f" with dilation_rate={_sizes(dilation_rate)}, which spans {_sizes(span)}," if span != kernel_size else ""
        )
        raise ValueError(
            f"Received kernel_size={_sizes(kernel_size)}{dilated} for {image}. Take a smaller filter or larger images."
        )
    if any(side is not None and side < step for side, step in zip(sides, strides, strict=True)):
        raise ValueError(
            f"Received strides={_sizes(strides)} for {image}, since larger strides leave a single position. "
            "Take smaller strides or larger images."
        )


def output_side(side: int | None, *, span: int, stride: int, padding: str) -> int | None:
    """Return how many positions a filter that spans `span` pixels takes along a side; None where it is not known.

    Example:
        >>> output_side(32, span=3, stride=2, padding="same"), output_side(32, span=3, stride=2, padding="valid")
        (16, 15)
    """
    if side is None:
        return None
    return -(-side // stride) if padding == "same" else (side - span) // stride + 1


def _sizes(sizes: Sequence[int | None]) -> str:
    return " x ".join("?" if size is None else str(size) for size in sizes)
