"""Try something on a model and leave it, and every random number that comes after, as if nothing had happened."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR


@contextmanager
def preserved_state(model: keras.Model) -> Iterator[None]:
    """Put back, bitwise, what trying out a training step changes: the model's variables and the random state.

    Variables are the weights, BatchNorm's statistics, the layers' seed generators and the metrics. What the block
    hangs on the model (an optimizer, a compiled step) is the block's own to take off again.

    Args:
        model: a built model.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> before = model.get_weights()
        >>> with preserved_state(model):
        ...     model.set_weights([0 * weight for weight in before])
        >>> all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))
        True
    """
    # A copy, since a backend may show NumPy the very memory that it will write to.
    before = [(variable, np.array(keras.ops.convert_to_numpy(variable))) for variable in _variables(model)]
    try:
        with preserved_random_state():
            yield
    finally:
        model.reset_metrics()  # Metrics that were made meanwhile start from zero, as new ones do.
        for variable, value in before:
            variable.assign(value)


@contextmanager
def preserved_random_state() -> Iterator[None]:
    """Put back the random state of Python, NumPy, Keras and, where it is loaded, TensorFlow.

    Example:
        >>> with preserved_random_state():
        ...     first = random.random()
        >>> first == random.random()
        True
    """
    python, numpy = random.getstate(), np.random.get_state()
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    seed = None if generator is None else np.array(keras.ops.convert_to_numpy(generator.state))
    restore_backend = _backend_random_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)
        if generator is not None:
            generator.state.assign(seed)
        restore_backend()


def _variables(model: keras.Model) -> list[Any]:
    variables = [*model.variables, *(variable for metric in model.metrics for variable in metric.variables)]
    return list({id(variable): variable for variable in variables}.values())


def _backend_random_state() -> Any:
    # Also where TensorFlow is not Keras's backend: its pipelines shuffle with this state.
    if "tensorflow" not in sys.modules:
        return lambda: None
    from atolye.train.random_state_tensorflow import remember_random_state

    return remember_random_state()
