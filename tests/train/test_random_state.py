"""TensorFlow's global random state comes back, and is left alone where nobody seeded it."""

import subprocess
import sys

import keras
import tensorflow as tf

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


def test_without_a_seed_there_is_nothing_to_put_back():
    code = (
        "from atolye.train.random_state_tensorflow import remember_random_state as remember\n"
        "restore = remember(); restore()\n"
        "import tensorflow as tf; tf.random.uniform(())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-500:]
