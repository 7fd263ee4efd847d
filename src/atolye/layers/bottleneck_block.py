"""The residual block of three convolutions, narrow in the middle."""

import keras

from atolye.layers.residual_block import ResidualBlock


@keras.saving.register_keras_serializable(package="atolye")
class BottleneckBlock(ResidualBlock):
    """Add to the input what 1 x 1, 3 x 3 and 1 x 1 convolutions make of it, then activate: `act(x + f(x))`.

    Use it in residual networks of 50 layers and more: the first convolution narrows the channels, so that the 3 x 3 one
    is cheap, and the last makes them four times wider. The stride is on the 3 x 3 convolution, which sees every pixel;
    the paper has it on the first, which skips three of four. Parameters are the same.

    Reference: He et al. (2015), Deep Residual Learning for Image Recognition, arXiv:1512.03385, figure 5 right; Goyal
        et al. (2017), arXiv:1706.02677, for the stride.

    Parameters: `C F + 13 F² + 24 F` for C channels in and F filters, with batch normalization, of which 12 F are not
        trained; a projection, where the shape changes, takes `4 C F + 16 F` more (8 F not trained).

    Args:
        filters: channels of the first two convolutions; the output has four times as many.
        strides, shortcut, squeeze_excite, norm, activation, kernel_initializer, kernel_regularizer: as in `BasicBlock`.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, ceil(height / strides), ceil(width / strides), 4 * filters)`.

    Raises:
        ValueError: as in `BasicBlock`.

    Example:
        >>> block = BottleneckBlock(16, strides=2)
        >>> block(keras.random.normal((4, 16, 16, 32))).shape[1:]
        TensorShape([8, 8, 64])
    """

    expansion = 4

    def _make_branch(self, channels: int) -> list[keras.Layer]:
        return [
            self._convolution(self.filters, 1, name="conv_1"),
            *self._normalization(self.filters, name="norm_1"),
            *self._activation(name="act_1"),
            self._convolution(self.filters, 3, strides=self.strides, name="conv_2"),
            *self._normalization(self.filters, name="norm_2"),
            *self._activation(name="act_2"),
            self._convolution(self.expansion * self.filters, 1, name="conv_3"),
            *self._normalization(self.expansion * self.filters, name="norm_3"),
        ]
