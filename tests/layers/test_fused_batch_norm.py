"""The fused kernel against NumPy; the layer around it is tested in test_batch_normalization.py."""

import numpy as np
import pytest
import tensorflow as tf

from atolye.layers.fused_batch_norm_tensorflow import is_trustworthy, normalize_batch, normalize_moving

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(3.0, 2.0, (4, 5, 6, 16)).astype("float32")
GAMMA, BETA = RANDOM.normal(size=(2, 16)).astype("float32")


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("bfloat16", 0.05)])
def test_batch_statistics_equal_numpys_population_statistics(dtype, tolerance):
    assert is_trustworthy(dtype)
    outputs, mean, variance = normalize_batch(tf.cast(INPUTS, dtype), GAMMA, BETA, epsilon=0.01)
    assert outputs.dtype == dtype
    values = tf.cast(tf.cast(INPUTS, dtype), "float32").numpy()
    np.testing.assert_allclose(mean, values.mean((0, 1, 2)), atol=1e-4)
    np.testing.assert_allclose(variance, values.var((0, 1, 2)), rtol=1e-4)  # divided by N, not by N - 1
    expected = (values - values.mean((0, 1, 2))) / np.sqrt(values.var((0, 1, 2)) + 0.01) * GAMMA + BETA
    np.testing.assert_allclose(tf.cast(outputs, "float32"), expected, atol=tolerance)


def test_given_statistics_are_used_as_they_are():
    mean, variance = np.full(16, 2.0, "float32"), np.full(16, 4.0, "float32")
    outputs = normalize_moving(tf.constant(INPUTS), GAMMA, BETA, mean, variance, epsilon=0.01)
    np.testing.assert_allclose(outputs, (INPUTS - 2.0) / np.sqrt(4.01) * GAMMA + BETA, atol=1e-4)


def test_channels_outside_the_fast_blocks_give_the_same_numbers():
    part = normalize_batch(tf.cast(INPUTS[..., :7], "bfloat16"), GAMMA[:7], BETA[:7], epsilon=0.01)[0]
    whole = normalize_batch(tf.cast(INPUTS, "bfloat16"), GAMMA, BETA, epsilon=0.01)[0]
    np.testing.assert_allclose(tf.cast(part, "float32"), tf.cast(whole[..., :7], "float32"), atol=0.05)
