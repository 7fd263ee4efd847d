"""A convolution cut into two: across the image, channel by channel; then across the channels, pixel by pixel."""

from collections.abc import Sequence
from typing import Any

import keras

from atolye.layers.depthwise_conv import DepthwiseConv2D
from atolye.layers.image_block import ActivationName, ImageBlock, build_in_turn, call_in_turn
from atolye.layers.image_checks import (
    check_image,
    check_strides_and_dilation,
    check_window,
    output_side,
    positive_pair,
)
from atolye.layers.normalization import Norm


@keras.saving.register_keras_serializable(package="atolye")
class DepthwiseSeparableConv(ImageBlock):
    """Filter each channel by itself, then mix the channels with 1 x 1 filters; normalize and activate after each.

    Use it for `ConvBlock` where parameters and multiplications count: it takes `1 / F + 1 / k²` of them, about a ninth
    for 3 x 3. It is not as much faster: a depthwise filter does little arithmetic for the memory that it reads. Keras's
    own SeparableConv2D has no normalization in between.

    Reference: Howard et al. (2017), MobileNets, arXiv:1704.04861; Chollet (2017), Xception, arXiv:1610.02357.

    Parameters: `k_h k_w C + C F` for C channels in and F filters; for the two norms 4 (C + F) with batch, of which half
        is trained, 2 (C + F) with layer and group; with none two biases, C + F.

    Args:
        filters: output channels.
        kernel_size: side of the depthwise filter in pixels, or (height, width).
        strides: pixels from one position of the filter to the next.
        dilation_rate: distance of the filter's points; 1 has no gaps.
        norm: `"batch"`, `"layer"`, `"group"` or `"none"`; see `normalization_layer`.
        activation: name of the activation table or of `keras.activations`, or a function; None for none.
        kernel_initializer: initialiser of the filters.
        kernel_regularizer: regularizer of the 1 x 1 filters; the depthwise ones are few, left alone as in the paper.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, ceil(height / strides), ceil(width / strides), filters)`.

    Raises:
        ValueError: for a size below 1, an unknown norm, and, at the first call, for a filter that spans more than the
            image or strides larger than it.

    Example:
        >>> block = DepthwiseSeparableConv(64)
        >>> block(keras.random.normal((4, 16, 16, 32))).shape[1:]
        TensorShape([16, 16, 64])
        >>> sum(int(keras.ops.size(weight)) for weight in block.trainable_weights)  # 3 3 32 + 32 64 + 2 (32 + 64)
        2528
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int] = 3,
        *,
        strides: int | Sequence[int] = 1,
        dilation_rate: int | Sequence[int] = 1,
        norm: Norm = "batch",
        activation: ActivationName | None = "relu",
        kernel_initializer: Any = "he_normal",
        kernel_regularizer: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(
            filters,
            norm=norm,
            activation=activation,
            kernel_initializer=kernel_initializer,
            kernel_regularizer=kernel_regularizer,
            **options,
        )
        self.kernel_size = positive_pair("kernel_size", kernel_size, fix="3 is the usual one.")
        self.strides = positive_pair("strides", strides, fix="1 keeps the size of the image.")
        self.dilation_rate = positive_pair("dilation_rate", dilation_rate, fix="1 is a filter without gaps.")
        check_strides_and_dilation(self.strides, self.dilation_rate)
        if self.strides[0] != self.strides[1]:
            raise ValueError(
                f"Received strides={self.strides}; expected the same for height and width, since depthwise "
                "convolutions have no other. Pass one number."
            )

    def build(self, input_shape: Any) -> None:
        channels = check_image(input_shape)
        check_window(input_shape, kernel_size=self.kernel_size, strides=self.strides, dilation_rate=self.dilation_rate)
        depthwise = DepthwiseConv2D(
            self.kernel_size,
            strides=self.strides,
            padding="same",
            dilation_rate=self.dilation_rate,
            use_bias=self.norm == "none",
            depthwise_initializer=self._new_initializer(),
            data_format="channels_last",
            dtype=self.dtype_policy,
            name="depthwise",
        )
        self.steps = [
            depthwise,
            *self._normalization(channels, name="depthwise_norm"),
            *self._activation(name="depthwise_act"),
            self._convolution(self.filters, 1, name="pointwise"),
            *self._normalization(self.filters, name="pointwise_norm"),
            *self._activation(name="pointwise_act"),
        ]
        build_in_turn(self.steps, input_shape)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return call_in_turn(self.steps, inputs)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        sides = (
            output_side(side, span=1, stride=stride, padding="same")
            for side, stride in zip(input_shape[1:3], self.strides, strict=True)
        )
        return (input_shape[0], *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "dilation_rate": self.dilation_rate,
        }
