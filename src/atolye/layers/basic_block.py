"""The residual block of two 3 x 3 convolutions."""

import keras

from atolye.layers.residual_block import ResidualBlock


@keras.saving.register_keras_serializable(package="atolye")
class BasicBlock(ResidualBlock):
    """Add to the input what two 3 x 3 convolutions make of it, then activate: `act(x + f(x))`.

    Use it in residual networks of up to 34 layers, and for small images; deeper ones take `BottleneckBlock`. Every
    convolution is followed by a normalization, all but the last by the activation.

    Reference: He et al. (2015), Deep Residual Learning for Image Recognition, arXiv:1512.03385, figure 5 left.

    Parameters: `9 C F + 9 F² + 8 F` for C channels in and F filters, with batch normalization, of which 4 F are not
        trained; a projection, where the shape changes, takes `C F + 4 F` more (2 F not trained).

    Args:
        filters: channels of both convolutions and of the output.
        strides: of the first convolution and of the way around; 2 halves the image.
        shortcut: way around where the shape changes: `"projection"` (1 x 1 convolution and norm, the paper's option B)
            or `"zero_pad"` (no parameters, option A). `"none"` leaves out every way around: a plain block.
        squeeze_excite: ratio of `SqueezeExcite` at the end of the branch, such as 16; 0 for none.
        norm: `"batch"`, `"layer"`, `"group"` or `"none"`; see `normalization_layer`.
        activation: name of the activation table or of `keras.activations`, or a function.
        kernel_initializer: initialiser of the convolutions.
        kernel_regularizer: regularizer of the convolutions.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, ceil(height / strides), ceil(width / strides), filters)`.

    Raises:
        ValueError: for a size below 1, an unknown norm or shortcut, and, at the first call, for images of which one
            pixel would be left, or fewer filters than channels with `"zero_pad"`.

    Example:
        >>> block = BasicBlock(32, strides=2)
        >>> block(keras.random.normal((4, 16, 16, 16))).shape[1:]
        TensorShape([8, 8, 32])
    """

    def _make_branch(self, channels: int) -> list[keras.Layer]:
        return [
            self._convolution(self.filters, 3, strides=self.strides, name="conv_1"),
            *self._normalization(self.filters, name="norm_1"),
            *self._activation(name="act_1"),
            self._convolution(self.filters, 3, name="conv_2"),
            *self._normalization(self.filters, name="norm_2"),
        ]
