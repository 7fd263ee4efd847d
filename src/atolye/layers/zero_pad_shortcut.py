"""The way around a residual block that costs no parameters."""

from typing import Any

import keras
from keras import ops

from atolye.layers.image_checks import Pair, check_image, check_window, output_side, positive_pair


@keras.saving.register_keras_serializable(package="atolye")
class ZeroPadShortcut(keras.Layer):
    """Keep every `strides`-th pixel, and add channels of zeros until there are `filters`.

    Use it where a residual block changes the shape and the way around shall stay an identity: option A of the paper,
    and that of its CIFAR networks, so that they have exactly as many parameters as the plain ones.

    Reference: He et al. (2015), arXiv:1512.03385, section 3.3.

    Parameters: 0.

    Args:
        filters: output channels, at least as many as the input has.
        strides: pixels from one that is kept to the next.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, ceil(height / strides), ceil(width / strides), filters)`.

    Raises:
        ValueError: for strides below 1, or, at the first call, fewer filters than channels or strides larger than the
            image.

    Example:
        >>> layer = ZeroPadShortcut(32, strides=2)
        >>> layer(keras.random.normal((4, 8, 8, 16))).shape[1:]
        TensorShape([4, 4, 32])
    """

    def __init__(self, filters: int, *, strides: int | Pair = 1, **options: Any) -> None:
        super().__init__(**options)
        self.filters = filters
        self.strides = positive_pair("strides", strides, fix="1 keeps every pixel.")

    def build(self, input_shape: Any) -> None:
        channels = check_image(input_shape)
        if self.filters < channels:
            raise ValueError(
                f"Received filters={self.filters} on {channels} channels; expected {channels} or more, since zeros can "
                "only be added. Take shortcut='projection'."
            )
        check_window(input_shape, kernel_size=(1, 1), strides=self.strides, dilation_rate=(1, 1))
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        rows, columns = self.strides
        kept = inputs[:, ::rows, ::columns, :]
        return ops.pad(kept, [[0, 0], [0, 0], [0, 0], [0, self.filters - inputs.shape[-1]]])

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        sides = (
            output_side(side, span=1, stride=stride, padding="same")
            for side, stride in zip(input_shape[1:3], self.strides, strict=True)
        )
        return (input_shape[0], *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"filters": self.filters, "strides": self.strides}
