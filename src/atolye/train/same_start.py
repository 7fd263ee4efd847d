"""Comparisons that are fair: every variant starts from the same weights and meets the same random numbers."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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


def same_weights(model: keras.Model, seed: int) -> None:
    """Draw a built model's initial weights anew, so that they depend on seed, shape and rank among that shape alone.

    Use it in studies right after building. `keras.utils.set_random_seed` alone is not enough: Keras gives every layer
    a seed in the order of construction, so that a dropout layer in the middle changes all the weights after it.

    Args:
        model: a built model; its weights change in place. Biases, BatchNorm's and other constant starts stay.
        seed: 0 or more; the same seed gives equal weights to all first (second, ...) kernels of a shape.

    Raises:
        ValueError: when the model is not built.

    Example:
        >>> first = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> other = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(3)])
        >>> same_weights(first, 0), same_weights(other, 0)
        (None, None)
        >>> bool((first.get_weights()[0] == other.get_weights()[0]).all())
        True
    """
    if not model.built:
        raise ValueError(f"Received the model {model.name!r}, which is not built; expected one with weights. Build it.")
    seen: Counter[tuple[int, ...]] = Counter()
    for variable, initializer in _drawn_weights(model):
        shape = tuple(int(size) for size in variable.shape)
        # The rank tells equal shapes apart, or every block of a network would start alike.
        own = zlib.crc32(repr((seed, shape, seen[shape])).encode()) % 2**31
        seen[shape] += 1
        twin = type(initializer).from_config({**initializer.get_config(), "seed": own})
        variable.assign(twin(shape, dtype=variable.dtype))


def _drawn_weights(model: keras.Model) -> Iterator[tuple[Any, Any]]:
    """Yield each weight whose start is random, with its initializer, in the order of the layers."""
    done = set()
    for layer in model._flatten_layers():
        for name, initializer in list(vars(layer).items()):
            if not name.endswith("_initializer") or "seed" not in getattr(initializer, "get_config", dict)():
                continue
            stem = name.removesuffix("_initializer")
            for attribute in (stem, f"{stem}_kernel", "kernel"):  # such as kernel, depthwise_kernel
                variable = getattr(layer, attribute, None)
                if isinstance(variable, keras.Variable):
                    if id(variable) not in done:
                        done.add(id(variable))
                        yield variable, initializer
                    break
