"""Convolution whose filters train fast on a CPU in bfloat16."""

from typing import Any

import keras

from atolye.layers.on_tensorflow_cpu import on_tensorflow_cpu


@keras.saving.register_keras_serializable(package="atolye")
class Conv2D(keras.layers.Conv2D):
    """Convolve images; `keras.layers.Conv2D` whose gradient by its filters is fast on a CPU in bfloat16.

    Use it wherever you would write `keras.layers.Conv2D`: same arguments, weights, config and outputs. In bfloat16 the
    gradient by a 1 x 1 filter is one product of two matrices, and that by a larger one of images up to 12 pixels wide
    is taken of images laid side by side: TensorFlow goes through each row of an image by itself, and the processor's
    matrix unit takes 32 pixels at once. Keras's own way is taken elsewhere: with a bias, whose gradient TensorFlow
    computes with the filter's, for filters of even sides, strides, dilation, groups, padding `valid`, channels first,
    other dtypes, on a GPU and on every backend but TensorFlow.

    Reference: LeCun et al. (1989), Backpropagation Applied to Handwritten Zip Code Recognition, Neural Computation 1.

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

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        if not self._is_slow_in_tensorflow(inputs):
            return super().convolution_op(inputs, kernel)
        from atolye.layers.conv_tensorflow import convolve

        return convolve(inputs, kernel)

    def _is_slow_in_tensorflow(self, inputs: Any) -> bool:
        """Tell whether TensorFlow's filter gradient may be slow here, and the other way gives what Keras would give."""
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        pointwise = self.kernel_size == (1, 1)  # where both paddings are the same
        return (
            self.data_format == "channels_last"
            and (pointwise or self.padding == "same")
            and all(size % 2 for size in self.kernel_size)
            and self.strides == (1, 1)
            and self.dilation_rate == (1, 1)
            and self.groups == 1
            and not self.use_bias
            and dtype == "bfloat16"
            and dtype == self.compute_dtype
            and on_tensorflow_cpu()
        )
