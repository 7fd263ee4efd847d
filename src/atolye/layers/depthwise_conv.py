"""Depthwise convolution that trains fast on a CPU."""

from typing import Any

import keras
from keras import ops

from atolye.layers.on_tensorflow_cpu import on_tensorflow_cpu


@keras.saving.register_keras_serializable(package="atolye")
class DepthwiseConv2D(keras.layers.DepthwiseConv2D):
    """Filter each channel by itself; `keras.layers.DepthwiseConv2D` whose filters' gradient is fast on a CPU.

    Use it wherever you would write `keras.layers.DepthwiseConv2D`: same arguments, weights, config and outputs.
    TensorFlow's gradients take far longer than its outputs on a CPU: by the filters where these are larger than 3 x 3,
    by the inputs in bfloat16 with a stride. There they are computed in another way, to the same numbers but for the
    last bits. Keras's own way is taken elsewhere: where it is fast, for dilated filters, more than one filter a
    channel, channels first, other dtypes, images of unknown size, on a GPU and on every backend but TensorFlow.

    Reference: Howard et al. (2017), MobileNets, arXiv:1704.04861.

    Args:
        kernel_size, strides, padding, ...: all of `keras.layers.DepthwiseConv2D`, with the same defaults.

    Input shape: `(batch, height, width, channels)`.
    Output shape: `(batch, new height, new width, channels * depth_multiplier)`.

    Example:
        >>> layer = DepthwiseConv2D(5, strides=2, padding="same", use_bias=False)
        >>> layer(keras.random.normal((4, 12, 12, 32))).shape[1:]
        TensorShape([6, 6, 32])
        >>> layer.count_params()
        800
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Return what `kernel` makes of `inputs`, before bias and activation, as Keras's `Conv2D.convolution_op`."""
        if self._is_slow_in_tensorflow(inputs):
            from atolye.layers.depthwise_conv_tensorflow import convolve

            return convolve(inputs, kernel, stride=self.strides[0], padding=self.padding)
        return ops.depthwise_conv(
            inputs,
            kernel,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
        )

    def call(self, inputs: Any) -> Any:
        if not self._is_slow_in_tensorflow(inputs):
            return super().call(inputs)
        outputs = self.convolution_op(inputs, self.kernel)
        if self.use_bias:
            outputs = ops.add(outputs, ops.reshape(self.bias, (1, 1, 1, -1)))
        return outputs if self.activation is None else self.activation(outputs)

    def _is_slow_in_tensorflow(self, inputs: Any) -> bool:
        """Tell whether TensorFlow's gradients are slow here, and the other way gives what Keras would give."""
        dtype = keras.backend.standardize_dtype(inputs.dtype)
        return (
            self.data_format == "channels_last"
            and self.depth_multiplier == 1
            and self.dilation_rate == (1, 1)
            and self.strides[0] == self.strides[1]
            and dtype in ("float32", "bfloat16")
            and dtype == self.compute_dtype
            and on_tensorflow_cpu()
            and None not in inputs.shape[1:]
            and (max(self.kernel_size) > 3 or (dtype == "bfloat16" and self.strides[0] > 1))
        )
