"""TensorFlow's convolution with a filter gradient that is fast on a CPU in bfloat16; its outputs stay as they are."""

from typing import Any

import tensorflow as tf

_ONES = [1, 1, 1, 1]
_NARROW = 12  # pixels; with 64 channels the layout takes what a wider image would gain
_ROW = 96  # pixels that images are laid side by side to


def convolve(inputs: tf.Tensor, kernel: Any) -> tf.Tensor:
    """Return what `tf.nn.conv2d` returns with padding SAME; the filter gradient is computed by the functions below.

    Args:
        inputs: of shape `(batch, height, width, channels)`, channels known.
        kernel: of the same dtype, of shape `(rows, columns, channels, filters)`, rows and columns odd.
    """

    @tf.custom_gradient
    def operation(inputs: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Any]:
        outputs = tf.nn.conv2d(inputs, kernel, _ONES, "SAME")

        def gradients(pull: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            by_inputs = tf.raw_ops.Conv2DBackpropInput(
                input_sizes=tf.shape(inputs), filter=kernel, out_backprop=pull, strides=_ONES, padding="SAME"
            )
            return tf.ensure_shape(by_inputs, inputs.shape), by_filters(inputs, pull, tuple(kernel.shape))

        return outputs, gradients

    return operation(inputs, tf.convert_to_tensor(kernel))


def by_filters(inputs: tf.Tensor, pull: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    """Return the gradient by a kernel of that shape, where `pull` is the one by the outputs."""
    channels, filters = shape[2:]
    if shape[:2] == (1, 1):  # one product of two matrices
        rows, pulls = tf.reshape(inputs, (-1, channels)), tf.reshape(pull, (-1, filters))
        return tf.reshape(tf.matmul(rows, pulls, transpose_a=True), shape)

    def as_they_are() -> tf.Tensor:
        return tf.raw_ops.Conv2DBackpropFilter(
            input=inputs, filter_sizes=shape, out_backprop=pull, strides=_ONES, padding="SAME"
        )

    def in_rows() -> tf.Tensor:
        between = shape[1] // 2
        return tf.raw_ops.Conv2DBackpropFilter(
            input=side_by_side(inputs, between),
            filter_sizes=shape,
            out_backprop=side_by_side(pull, between),
            strides=_ONES,
            padding="SAME",
        )

    width = inputs.shape[2]
    if width is None:  # images that grow from epoch to epoch
        return tf.ensure_shape(tf.cond(tf.shape(inputs)[2] > _NARROW, as_they_are, in_rows), shape)
    return as_they_are() if width > _NARROW else in_rows()


def side_by_side(images: tf.Tensor, between: int) -> tf.Tensor:
    """Return images laid side by side in rows of some 96 pixels, each followed by `between` columns of zeros.

    The processor's matrix unit adds up 32 neighbours of a row at once: rows of 5 or 11 pixels leave most of it idle.

    Args:
        images: `(batch, height, width, channels)`, channels known.
        between: columns of zeros that keep neighbours apart, half a filter wide.

    Returns:
        `(batch / n, height, n * (width + between), channels)`; images of zeros fill up the batch to a multiple of `n`.
    """
    batch, height, width, channels = tf.unstack(tf.shape(images))
    step = width + between
    count = tf.maximum(tf.minimum(_ROW // step, batch), 1)
    padded = tf.pad(images, [[0, -batch % count], [0, 0], [0, between], [0, 0]])
    # (rows, images of a row, height, pixels): the images of a row come together line by line.
    lines = tf.reshape(padded, (-1, count, height, step * channels))
    rows = tf.reshape(tf.transpose(lines, (0, 2, 1, 3)), (-1, height, count * step, channels))
    return tf.ensure_shape(rows, (None, None, None, images.shape[3]))
