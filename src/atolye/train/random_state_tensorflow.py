"""TensorFlow's global random state: where the seeds of its eager operations and of its pipelines come from."""

import random
from collections.abc import Callable
from typing import Any

from tensorflow.python.eager import context


def remember_random_state() -> Callable[[], None]:
    """Return a function that puts TensorFlow's global random state back to what it is now.

    TensorFlow has no public way to read it: `tf.random.set_seed` can only begin a new one. Its eager random operations
    (`tf.random.uniform`, not `keras.random`) also count inside their kernels, which nothing can read or put back.
    """
    # None until somebody calls set_seed; from then on each new pipeline draws its seed from it.
    generator: Any = getattr(context.context(), "_rng", None)
    if not isinstance(generator, random.Random):
        return lambda: None
    state = generator.getstate()
    return lambda: generator.setstate(state)
