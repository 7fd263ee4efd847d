"""TensorFlow's depthwise convolution with gradients that are fast on a CPU; its outputs stay as they are.

Milliseconds in the comments: batch 64, one thread of a CPU with AMX that did other work, too, TensorFlow 2.21; whole
layers and a network, on two quiet cores, are in `benchmarks/depthwise.py`.
"""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

_MOST_PAIRS = 36 * 36  # places of the image times those of the output: 6 x 6 pixels without a stride


def convolve(inputs: tf.Tensor, kernel: Any, *, stride: int, padding: str) -> tf.Tensor:
    """Return what `tf.nn.depthwise_conv2d` returns; the gradients are computed by the functions below.

    Args:
        inputs: float32 or bfloat16 of shape `(batch, height, width, channels)`, all but the batch known.
        kernel: of the same dtype, of shape `(kernel height, kernel width, channels, 1)`.
        stride: pixels from one position of the filter to the next, in both directions.
        padding: `"same"` or `"valid"`.
    """
    sides, padding = inputs.shape[1:3], padding.upper()

    @tf.custom_gradient
    def operation(inputs: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Any]:
        outputs = tf.nn.depthwise_conv2d(inputs, kernel, [1, stride, stride, 1], padding)
        shape = outputs.shape

        def gradients(pull: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pull.set_shape(shape)  # what comes from above may not know it
            options: dict[str, Any] = {"stride": stride, "padding": padding}
            by_inputs = input_gradient(kernel, pull, sides=sides, **options)
            return by_inputs, filter_gradient(inputs, pull, kernel_size=kernel.shape[:2], **options)

        return outputs, gradients

    return operation(inputs, tf.convert_to_tensor(kernel))


def input_gradient(kernel: tf.Tensor, pull: tf.Tensor, *, sides: Any, stride: int, padding: str) -> tf.Tensor:
    """Return the gradient by the inputs, of `sides` pixels, for the gradient `pull` by the outputs."""
    dtype = pull.dtype
    # In bfloat16 with a stride TensorFlow takes 9 to 200 times as long as by way of float32: 219 ms against 6 for 3 x 3
    # on 12 x 12 x 240, 1047 against 5 for 5 x 5 on 6 x 6 x 672. Without a stride it does not.
    if dtype == tf.bfloat16 and stride > 1:
        kernel, pull = tf.cast(kernel, tf.float32), tf.cast(pull, tf.float32)
    gradient = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
        input_sizes=[tf.shape(pull)[0], *sides, pull.shape[-1]],
        filter=kernel,
        out_backprop=pull,
        strides=[1, stride, stride, 1],
        padding=padding,
    )
    return tf.cast(gradient, dtype)


def filter_gradient(inputs: tf.Tensor, pull: tf.Tensor, *, kernel_size: Any, stride: int, padding: str) -> tf.Tensor:
    """Return the gradient by the filters, of shape `(*kernel_size, channels, 1)`, for the gradient `pull` by outputs.

    TensorFlow's own way is fast for 3 x 3; of larger filters, those on small images go by pairs of places.
    """
    dtype, size = inputs.dtype, tuple(kernel_size)
    # 5 x 5 on 3 x 3 x 1152: bfloat16 151 ms, by way of float32 32, by pairs 3; float32 35, by pairs 6. On 6 x 6 x 480:
    # 418, 22, 7; 25, 11. On 24 x 24 x 144 with stride 2: bfloat16 117, by way of float32 30.
    # 3 x 3 on 6 x 6 x 480: bfloat16 3, by way of float32 4, by pairs 7; float32 3, by pairs 9.
    if max(size) > 3:
        inputs, pull = tf.cast(inputs, tf.float32), tf.cast(pull, tf.float32)
        places = inputs.shape[1] * inputs.shape[2] * pull.shape[1] * pull.shape[2]
        if places <= _MOST_PAIRS:
            return tf.cast(_by_pairs(inputs, pull, size, stride, padding), dtype)
    gradient = tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
        input=inputs,
        filter_sizes=[*size, inputs.shape[-1], 1],
        out_backprop=pull,
        strides=[1, stride, stride, 1],
        padding=padding,
    )
    return tf.cast(gradient, dtype)


def _by_pairs(inputs: tf.Tensor, pull: tf.Tensor, size: tuple[int, int], stride: int, padding: str) -> tf.Tensor:
    """Multiply each place of the image with each of the output, over the batch; add up those a filter's point joins.

    Most of these products are thrown away, but as one matrix product a channel they cost less than what they replace.
    """
    (height, width, channels), (rows, columns) = inputs.shape[1:], pull.shape[1:3]
    image = tf.transpose(tf.reshape(inputs, [-1, height * width, channels]), [2, 0, 1])  # (channels, batch, places)
    above = tf.transpose(tf.reshape(pull, [-1, rows * columns, channels]), [2, 1, 0])  # (channels, places, batch)
    products = tf.reshape(tf.matmul(above, image), [channels, -1])
    joined = _joined((height, width), (rows, columns), size, stride, padding)
    gradient = tf.matmul(products, joined)  # (channels, points of the filter)
    return tf.reshape(tf.transpose(gradient), [*size, channels, 1])


@functools.lru_cache(maxsize=32)
def _joined(
    sides: tuple[int, int], outputs: tuple[int, int], size: tuple[int, int], stride: int, padding: str
) -> np.ndarray:
    """Return 1 where a filter's point joins a place of the image with one of the output, of shape `(pairs, points)`."""

    def along(side: int, output: int, window: int) -> np.ndarray:
        """The same in one direction, of shape `(output, side, window)`."""
        missing = max((output - 1) * stride + window - side, 0) if padding == "SAME" else 0
        at = np.arange(output)[:, None] * stride + np.arange(window) - missing // 2
        return (at[:, None, :] == np.arange(side)[:, None]).astype(np.float32)

    down, across = (along(*given) for given in zip(sides, outputs, size, strict=True))
    # (rows, columns, height, width, kernel height, kernel width)
    table = np.einsum("ahi,bwj->abhwij", down, across)
    return table.reshape(-1, size[0] * size[1])
