"""TensorFlow's one-kernel batch normalization, and the test that decides whether to trust it.

Keras 3 writes batch normalization as a dozen small operations over float32 copies of the input; on a CPU these
cost more than the convolutions around them. TensorFlow has one kernel for all of it, forward and backward.

Reference: Ioffe and Szegedy (2015), arXiv:1502.03167.
"""

import functools
import warnings
from typing import Any

import numpy as np
import tensorflow as tf

# cuDNN refuses a smaller epsilon, and TensorFlow's own wrapper raises it silently.
MIN_EPSILON = 1.001e-5

# oneDNN has fast bfloat16 code for channels in blocks of 16 only. Measured on 2 cores with AMX, 64x31x31, forward and
# backward: 32 channels 7 ms, 24 channels 65 ms, 24 channels by way of float32 11 ms (Keras's own code 12 ms).
_BFLOAT16_BLOCK = 16

_TOLERANCE = {"float32": 1e-4, "bfloat16": 5e-2}  # of values near 1; bfloat16 keeps 8 bits of mantissa


def normalize_batch(
    inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, *, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Normalize `inputs` with the statistics of this batch, as in training.

    Args:
        inputs: float32 or bfloat16 of shape `(batch, height, width, channels)`.
        gamma: float32 scale of shape `(channels,)`.
        beta: float32 offset of shape `(channels,)`.
        epsilon: added to the variance, at least 1.001e-5.

    Returns:
        outputs in the dtype of `inputs`; float32 mean and population variance (divided by N) of shape `(channels,)`.
    """
    outputs, mean, variance = _kernel(inputs, gamma, beta, [], [], epsilon=epsilon, training=True)
    shape = tf.shape(inputs, out_type=tf.int64)
    count = tf.cast(shape[0] * shape[1] * shape[2], tf.float32)
    # The kernel returns the sample variance (divided by N - 1, Bessel); Keras averages the population's (divided by N).
    # For one value per channel the kernel divides by 1, so that there is nothing to undo.
    variance *= tf.maximum(count - 1.0, 1.0) / tf.maximum(count, 1.0)
    return outputs, tf.stop_gradient(mean), tf.stop_gradient(variance)


def normalize_moving(
    inputs: tf.Tensor,
    gamma: tf.Tensor,
    beta: tf.Tensor,
    mean: tf.Tensor,
    variance: tf.Tensor,
    *,
    epsilon: float,
) -> tf.Tensor:
    """Normalize `inputs` with given float32 statistics, as at inference; shapes as in `normalize_batch`."""
    return _kernel(inputs, gamma, beta, mean, variance, epsilon=epsilon, training=False)[0]


@functools.cache
def is_trustworthy(dtype: str) -> bool:
    """Tell whether the kernel agrees with the plain formula on this machine, forward and backward.

    TensorFlow 2.7 to 2.10 returned empty bfloat16 outputs without an error, so a version number is no proof. Runs once
    a process and dtype (about 0.2 s); when it fails, it warns once and the layer uses Keras's own path.

    Args:
        dtype: `"float32"` or `"bfloat16"`.
    """
    reason = ""
    try:
        with tf.init_scope():  # may be first asked for while a model is being traced
            error = _largest_error(dtype)
    except (tf.errors.OpError, ValueError, TypeError, NotImplementedError) as problem:
        error, reason = np.inf, f"it raised {type(problem).__name__}: {str(problem).splitlines()[0]}"
    else:
        reason = f"it differs from the formula by {error:.1e}, {_TOLERANCE[dtype]:.0e} allowed"
    if error <= _TOLERANCE[dtype]:
        return True
    warnings.warn(
        f"TensorFlow's fused batch normalization is not used for {dtype}: {reason}. "
        "Training goes on with Keras's own, slower code; another TensorFlow version may bring the fast one back.",
        RuntimeWarning,
        stacklevel=2,
    )
    return False


def _kernel(
    inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, mean: Any, variance: Any, *, epsilon: float, training: bool
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    dtype = inputs.dtype
    if dtype == tf.bfloat16 and (inputs.shape[-1] or 1) % _BFLOAT16_BLOCK:
        inputs = tf.cast(inputs, tf.float32)
    outputs, batch_mean, batch_variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=inputs,
        scale=gamma,
        offset=beta,
        mean=mean,
        variance=variance,
        epsilon=epsilon,
        is_training=training,
    )
    return tf.cast(outputs, dtype), batch_mean, batch_variance


def _formula(
    inputs: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, mean: Any, variance: Any, *, epsilon: float, training: bool
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    dtype, inputs = inputs.dtype, tf.cast(inputs, tf.float32)
    if training:
        mean = tf.reduce_mean(inputs, [0, 1, 2])
        variance = tf.reduce_mean(tf.square(inputs - mean), [0, 1, 2])
    outputs = (inputs - mean) / tf.sqrt(variance + epsilon) * gamma + beta
    return tf.cast(outputs, dtype), mean, variance


def _largest_error(dtype: str) -> float:
    """Return the largest difference of outputs, statistics and gradients between the kernel and the formula."""
    random = np.random.default_rng(0)
    channels = 2 * _BFLOAT16_BLOCK
    inputs = tf.cast(random.normal(0.5, 2.0, (4, 3, 5, channels)), dtype)
    pull = tf.constant(random.normal(size=inputs.shape), tf.float32)  # the gradient that comes from above
    gamma, beta, mean = tf.unstack(tf.constant(random.normal(size=(3, channels)), tf.float32))
    variance = tf.constant(random.uniform(0.5, 2.0, channels), tf.float32)
    options: dict[str, Any] = {"epsilon": 1e-3}

    # In a graph, since TensorFlow puts oneDNN's kernels there and that is where models run; and `tf.gradients`, since a
    # GradientTape records nothing inside `tf.init_scope`.
    @tf.function(autograph=False)
    def numbers(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        def with_gradients(outputs: tf.Tensor, *statistics: tf.Tensor) -> list[tf.Tensor]:
            gradients = tf.gradients(tf.reduce_sum(tf.cast(outputs, tf.float32) * pull), [x, gamma, beta])
            return [tf.cast(value, tf.float32) for value in (outputs, *statistics, *gradients)]

        kernel = with_gradients(*normalize_batch(x, gamma, beta, **options))
        kernel += with_gradients(normalize_moving(x, gamma, beta, mean, variance, **options), mean, variance)
        plain = with_gradients(*_formula(x, gamma, beta, mean, variance, training=True, **options))
        plain += with_gradients(*_formula(x, gamma, beta, mean, variance, training=False, **options))
        return kernel, plain

    pairs = zip(*numbers(inputs, gamma, beta), strict=True)
    # NumPy's maximum, unlike Python's, keeps NaN; and empty outputs do not broadcast, so that they raise ValueError.
    return float(np.max([np.max(np.abs(np.subtract(kernel, plain))) for kernel, plain in pairs]))
