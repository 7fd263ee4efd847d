"""The residual block whose way around is untouched: normalization and activation come before the convolutions."""

from typing import Any

import keras

from atolye.layers.image_block import build_in_turn, call_in_turn
from atolye.layers.residual_block import ResidualBlock


@keras.saving.register_keras_serializable(package="atolye")
class PreActBlock(ResidualBlock):
    """Add to the input what activated, convolved twice, comes of it: `x + f(x)`, with nothing after the sum.

    Use it in very deep networks: from block to block the input goes through sums only, and so does the gradient on its
    way back. Each convolution comes after a normalization and the activation. Where the block changes the shape, the
    way around starts after the first activation. After the last block a network needs one more norm and activation.

    Reference: He et al. (2016), Identity Mappings in Deep Residual Networks, arXiv:1603.05027.

    Parameters: `9 C F + 9 F² + 4 C + 4 F` for C channels in and F filters, with batch normalization, of which 2 (C + F)
        are not trained; a projection takes `C F` more. A bottleneck: `C F + 13 F² + 4 C + 8 F`, of which 2 C + 4 F are
        not trained; a projection takes `4 C F` more.

    Args:
        filters: channels of the convolutions and of the output; a bottleneck's output has four times as many.
        bottleneck: 1 x 1, 3 x 3 and 1 x 1 convolutions instead of two of 3 x 3; the stride is on the 3 x 3.
        activate_shortcut: let the way around start after the first activation even where the shape stays: for the first
            block of a network, after a bare convolution.
        strides, shortcut, squeeze_excite, norm, activation, kernel_initializer, kernel_regularizer: as in `BasicBlock`;
            a projection has no norm here.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, ceil(height / strides), ceil(width / strides), filters)`, or `4 * filters` for a bottleneck.

    Raises:
        ValueError: as in `BasicBlock`.

    Example:
        >>> block = PreActBlock(32, strides=2)
        >>> block(keras.random.normal((4, 16, 16, 16))).shape[1:]
        TensorShape([8, 8, 32])
    """

    def __init__(
        self, filters: int, *, bottleneck: bool = False, activate_shortcut: bool = False, **options: Any
    ) -> None:
        super().__init__(filters, **options)
        self.bottleneck = bottleneck
        self.activate_shortcut = activate_shortcut
        self.expansion = 4 if bottleneck else 1

    def build(self, input_shape: Any) -> None:
        channels = self._check_input(input_shape)
        self.first = [*self._normalization(channels, name="norm_1"), *self._activation(name="act_1")]
        build_in_turn(self.first, input_shape)
        self.is_shared = self.activate_shortcut or self._changes_shape(channels)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        activated = call_in_turn(self.first, inputs)
        outputs = call_in_turn(self.branch, activated)
        if self.shortcut == "none":
            return outputs
        return self.add([call_in_turn(self.around, activated if self.is_shared else inputs), outputs])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"bottleneck": self.bottleneck, "activate_shortcut": self.activate_shortcut}

    def _make_branch(self, channels: int) -> list[keras.Layer]:
        # Kernel side, filters and strides of each convolution.
        plan: list[tuple[int, int, Any]] = [(3, self.filters, self.strides), (3, self.filters, 1)]
        if self.bottleneck:
            plan = [(1, self.filters, 1), (3, self.filters, self.strides), (1, 4 * self.filters, 1)]
        layers: list[keras.Layer] = []
        for number, (side, filters, strides) in enumerate(plan, start=1):
            if number > 1:
                layers += self._normalization(plan[number - 2][1], name=f"norm_{number}")
                layers += self._activation(name=f"act_{number}")
            layers.append(self._convolution(filters, side, strides=strides, name=f"conv_{number}"))
        return layers

    def _make_last(self) -> list[keras.Layer]:
        return []

    def _make_shortcut(self) -> list[keras.Layer]:
        return super()._make_shortcut()[:1]  # without the norm: what comes in is normalized
