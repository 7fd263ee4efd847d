"""Convolution whose 1 x 1 filters train fast on a CPU."""

from typing import Any

import keras

from atolye.layers.on_tensorflow_cpu import on_tensorflow_cpu


@keras.saving.register_keras_serializable(package="atolye")
class Conv2D(keras.layers.Conv2D):
    """Convolve images; `keras.layers.Conv2D` whose gradient by 1 x 1 filters is fast on a CPU.

    Use it for the 1 x 1 convolutions that widen and narrow the blocks of mobile networks: same arguments, weights,
    config and outputs as `keras.layers.Conv2D`. The gradient by a 1 x 1 filter is one product of two matrices;
    TensorFlow computes it as a convolution, which in bfloat16 on the small images deep in a network takes longer.
    Keras's own way is taken elsewhere: with a bias, whose gradient TensorFlow computes with the filter's, for larger
    filters, strides, groups, channels first, other dtypes, on a GPU and on every backend but TensorFlow.

    Reference: Lin et al. (2014), Network In Network, arXiv:1312.4400, for convolutions of one pixel.

    Args:
        filters, kernel_size, strides, ...: all of `keras.layers.Conv2D`, with the same defaults.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, new height, new width, filters)`.

    Example:
        >>> layer = Conv2D(64, 1, use_bias=False)
        >>> layer(keras.random.normal((4, 6, 6, 32))).shape[1:]
        TensorShape([6, 6, 64])
        >>> layer.count_params()
        2048
    """

    def call(self, inputs: Any) -> Any:
        if not self._is_slow_in_tensorflow(inputs):
            return super().call(inputs)
        from atolye.layers.conv_tensorflow import convolve

        outputs = convolve(inputs, self.kernel)
        return outputs if self.activation is None else self.activation(outputs)

    def _is_slow_in_tensorflow(self, inputs: Any) -> bool:
        """Tell whether this is a matrix product that TensorFlow computes as a convolution."""
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        return (
            self.data_format == "channels_last"
            and self.kernel_size == (1, 1)
            and self.strides == (1, 1)
            and self.groups == 1
            and not self.use_bias
            and dtype == "bfloat16"
            and dtype == self.compute_dtype
            and on_tensorflow_cpu()
        )
