"""TensorFlow's global random state comes back, and is left alone where nobody seeded it."""

import keras
import tensorflow as tf
from tensorflow.python.eager import context

from atolye.train.random_state_tensorflow import remember_random_state


def orders():
    return [int(number) for number in tf.data.Dataset.range(50).shuffle(50)]


def test_pipelines_shuffle_as_before():
    keras.utils.set_random_seed(3)
    orders()
    restore = remember_random_state()
    expected = orders()
    assert orders() != expected
    restore()
    assert orders() == expected


def test_without_a_seed_there_is_nothing_to_put_back(monkeypatch):
    monkeypatch.setattr(context.context(), "_rng", None)
    remember_random_state()()
    assert context.context()._rng is None
