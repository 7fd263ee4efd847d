"""Convolution, normalization and activation as one layer."""

from collections.abc import Sequence
from typing import Any, Literal

import keras

from atolye.layers.image_block import ActivationName, ImageBlock, build_in_turn, call_in_turn
from atolye.layers.image_checks import (
    check_count,
    check_groups,
    check_image,
    check_strides_and_dilation,
    check_window,
    output_side,
    positive_pair,
)
from atolye.layers.normalization import Norm

Order = Literal["conv-norm-act", "norm-act-conv"]
Padding = Literal["same", "valid"]


@keras.saving.register_keras_serializable(package="atolye")
class ConvBlock(ImageBlock):
    """Convolve, normalize and activate, or normalize and activate before the convolution.

    Use it as the brick of a convolutional network, and to compare: filter size, strides, dilation, groups, the norm and
    the order are arguments. The convolution has no bias unless `norm="none"`: the normalization brings its own.

    Reference: Ioffe and Szegedy (2015), arXiv:1502.03167, for the order; He et al. (2016), arXiv:1603.05027, for the
        other one; Yu and Koltun (2016), arXiv:1511.07122, for dilation; Xie et al. (2017), arXiv:1611.05431, groups.

    Parameters: `k_h k_w (C / groups) F` for C channels in and F filters; and for the norm on N channels (N = F, or C in
        the order "norm-act-conv") 4 N for batch, of which 2 N are trained, 2 N for layer and group; for none a bias, F.

    Args:
        filters: output channels.
        kernel_size: side of the filter in pixels, or (height, width).
        strides: pixels from one position of the filter to the next.
        padding: `"same"` (zeros around the image, so that only strides make it smaller) or `"valid"`.
        dilation_rate: distance of the filter's points; with d it spans `k + (k - 1)(d - 1)` pixels. 1 has no gaps.
        groups: parts into which channels and filters are cut, each convolved alone; divides both.
        order: `"conv-norm-act"` or `"norm-act-conv"` (pre-activation).
        norm: `"batch"`, `"layer"`, `"group"` or `"none"`; see `normalization_layer`.
        activation: name of the activation table or of `keras.activations`, or a function; None for none.
        kernel_initializer: initialiser of the filters.
        kernel_regularizer: regularizer of the filters.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, new_height, new_width, filters)`; sides are `ceil(side / strides)` for "same" and
        `floor((side - span) / strides) + 1` for "valid".

    Raises:
        ValueError: for a size below 1, groups that do not divide both, an unknown norm, order or padding, and, at the
            first call, for a filter that spans more than the image or strides larger than it.

    Example:
        >>> block = ConvBlock(32, strides=2, norm="group")
        >>> block(keras.random.normal((4, 28, 28, 3))).shape[1:]
        TensorShape([14, 14, 32])
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int] = 3,
        *,
        strides: int | Sequence[int] = 1,
        padding: Padding = "same",
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
        order: Order = "conv-norm-act",
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
        check_count("groups", groups, fix="1 is an ordinary convolution.")
        check_groups(groups, filters=filters)
        if order not in ("conv-norm-act", "norm-act-conv"):
            raise ValueError(
                f"Received order={order!r}; expected 'conv-norm-act' or 'norm-act-conv'. The second is pre-activation."
            )
        if padding not in ("same", "valid"):
            raise ValueError(f"Received padding={padding!r}; expected 'same' or 'valid'. 'same' keeps the size.")
        self.padding = padding
        self.groups = groups
        self.order = order

    def build(self, input_shape: Any) -> None:
        channels = check_image(input_shape)
        check_groups(self.groups, filters=self.filters, channels=channels)
        check_window(input_shape, kernel_size=self.kernel_size, strides=self.strides, dilation_rate=self.dilation_rate)
        convolution = self._convolution(
            self.filters,
            self.kernel_size,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            groups=self.groups,
            name="conv",
        )
        first = self.order == "norm-act-conv"
        around = self._normalization(channels if first else self.filters, name="norm") + self._activation(name="act")
        self.steps = [*around, convolution] if first else [convolution, *around]
        build_in_turn(self.steps, input_shape)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return call_in_turn(self.steps, inputs)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        sides = (
            output_side(side, span=k + (k - 1) * (d - 1), stride=s, padding=self.padding)
            for side, k, d, s in zip(input_shape[1:3], self.kernel_size, self.dilation_rate, self.strides, strict=True)
        )
        return (input_shape[0], *sides, self.filters)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "order": self.order,
        }
