"""Comparisons that are fair: every variant starts from the same weights and meets the same random numbers."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np


def snapshot(variables: Iterable[Any]) -> list[np.ndarray]:
    """Return copies of variables, which later training does not change.

    Use it on `model.variables`: weights, moving statistics and the counters of dropout's random numbers.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> [value.shape for value in snapshot(model.variables)]
        [(2, 1), (1,)]
    """
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def start_over(model: keras.Model, state: Sequence[np.ndarray], *, seed: int) -> None:
    """Put a compiled model back where it was at `state`, with an optimizer that has not seen a batch.

    The compiled step is kept, so that a second training costs no tracing. Optimizer variables become 0, the learning
    rate too where it is a number: set it, or let a callback or a schedule do so.

    Args:
        model: a compiled, built model.
        state: `snapshot(model.variables)`, of this model or of one with the same layers.
        seed: seed of everything random that follows, such as the order of the examples.

    Raises:
        ValueError: when `state` is of another model.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.1), "mse")
        >>> start = snapshot(model.variables)
        >>> history = model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
        >>> start_over(model, start, seed=0)
        >>> np.array_equal(start[0], snapshot(model.variables)[0]), int(model.optimizer.iterations)
        (True, 0)
    """
    if [tuple(variable.shape) for variable in model.variables] != [value.shape for value in state]:
        raise ValueError(
            f"Received {len(state)} arrays for the {len(model.variables)} variables of model {model.name!r}, or of "
            "other shapes; expected snapshot(model.variables) of this model or its twin."
        )
    for variable, value in zip(model.variables, state, strict=True):
        variable.assign(value)
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    keras.utils.set_random_seed(seed)
