import keras
import numpy as np
import pytest
import tensorflow as tf

from atolye.train.gradient_clipping_tensorflow import GradientClipping

GRADIENTS = [tf.constant([3.0, -4.0]), None, tf.constant([[0.0, 12.0]])]  # norms 5 and 12, together 13


def clipped(**limit):
    return [None if g is None else np.asarray(g).ravel().tolist() for g in GradientClipping(**limit)(GRADIENTS)]


def test_by_hand():
    assert clipped() == [[3.0, -4.0], None, [0.0, 12.0]]
    assert clipped(clip_value=3.5) == [[3.0, -3.5], None, [0.0, 3.5]]
    first, _, last = clipped(clip_norm=6.0)
    assert (first, last) == ([3.0, -4.0], pytest.approx([0.0, 6.0]))
    first, _, last = clipped(global_clip_norm=1.3)
    assert (first, last) == (pytest.approx([0.3, -0.4]), pytest.approx([0.0, 1.2]))
    assert float(GradientClipping().norm(GRADIENTS)) == pytest.approx(13.0)


def test_scaled_gradients_are_clipped_at_their_true_size():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=1024.0)
    optimizer.build([keras.Variable(np.zeros(2, "float32"))])
    clipping = GradientClipping(global_clip_norm=1.0)
    gradients = [tf.constant([3.0, 4.0]) * 1024.0]
    assert np.asarray(clipping(gradients, optimizer)[0]) / 1024 == pytest.approx([0.6, 0.8])
    assert float(clipping.norm(gradients, optimizer)) == pytest.approx(5.0)


def test_bad_arguments():
    with pytest.raises(ValueError, match="only one way of clipping can be used; received clip_value, clip_norm"):
        GradientClipping(clip_value=1.0, clip_norm=1.0)
    with pytest.raises(ValueError, match=r"global_clip_norm must be above 0; received 0"):
        GradientClipping(global_clip_norm=0)
