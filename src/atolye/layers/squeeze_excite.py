"""Attention over channels: each is weighted by what the whole image says of it."""

from typing import Any

import keras

from atolye.layers.image_block import build_in_turn, call_in_turn
from atolye.layers.image_checks import check_count, check_image


@keras.saving.register_keras_serializable(package="atolye")
class SqueezeExcite(keras.Layer):
    """Scale each channel by a number between 0 and 1 that is computed from the means of all channels.

    Use it at the end of a residual branch, before the sum: `BasicBlock(64, squeeze_excite=16)` does. It costs few
    multiplications, since it works on one number a channel.

    Reference: Hu et al. (2018), Squeeze-and-Excitation Networks, arXiv:1709.01507.

    Parameters: `2 C H + H + C` for C channels and `H = floor(C / ratio)`, all trained.

    Args:
        ratio: how many times fewer hidden units than channels; 16 in the paper.

    Input and output shape: `(batch, height, width, channels)`.

    Raises:
        ValueError: for a ratio below 1, or, at the first call, more than the channels.

    Example:
        >>> layer = SqueezeExcite(ratio=4)
        >>> layer(keras.random.normal((2, 8, 8, 16))).shape[1:]
        TensorShape([8, 8, 16])
        >>> layer.count_params()  # 2 16 4 + 4 + 16
        148
    """

    def __init__(self, ratio: int = 16, **options: Any) -> None:
        super().__init__(**options)
        check_count("ratio", ratio, fix="16 is the paper's.")
        self.ratio = ratio

    def build(self, input_shape: Any) -> None:
        channels = check_image(input_shape)
        if self.ratio > channels:
            raise ValueError(
                f"Received ratio={self.ratio} for {channels} channels; expected at most {channels}, since no hidden "
                "unit would be left. Take a smaller ratio or more channels."
            )
        options = {"dtype": self.dtype_policy}
        self.gate = [
            keras.layers.GlobalAveragePooling2D(
                keepdims=True, data_format="channels_last", name="squeeze", **options
            ),  # (batch, 1, 1, channels)
            keras.layers.Dense(
                channels // self.ratio, activation="relu", kernel_initializer="he_normal", name="reduce", **options
            ),
            keras.layers.Dense(channels, activation="sigmoid", name="excite", **options),
        ]
        self.scale = keras.layers.Multiply(name="scale", **options)
        self.scale.build([tuple(input_shape), build_in_turn(self.gate, input_shape)])
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.scale([inputs, call_in_turn(self.gate, inputs)])

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"ratio": self.ratio}
