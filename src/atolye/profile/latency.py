"""How long a model's answer takes on this machine: one example alone, and many at a time."""

import functools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from atolye.profile.calls import Shape, input_dtypes, input_shapes, like_inputs


@dataclass(frozen=True)
class Latency:
    """What `measure_latency` measured.

    Args:
        milliseconds: median time of one example alone.
        fastest_milliseconds: the fastest of them; other programs can only make a round slower.
        examples_per_second: throughput in batches of `batch_size`, at the median.
        batch_size: examples in a batch.
        rounds: timed calls of each kind.
    """

    milliseconds: float
    fastest_milliseconds: float
    examples_per_second: float
    batch_size: int
    rounds: int


def measure_latency(
    model: keras.Model,
    *,
    batch_size: int = 32,
    rounds: int = 20,
    max_seconds: float = 5.0,
    input_shape: Shape | Sequence[Shape] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Latency:
    """Time a model's compiled inference on this machine, from an array in to an array out.

    Use it beside `profile`: FLOPs say what has to be computed, not how fast a machine does it (depthwise convolutions
    have few FLOPs and are slow for each). One call of each kind goes before the clock starts, since it compiles.
    The model is left as it was.

    Args:
        model: a built model.
        batch_size: examples in a batch for the throughput, 1 or more.
        rounds: timed calls of each kind, 1 or more.
        max_seconds: after this long no further round begins; each kind gets at least one.
        input_shape: shape of one input without the batch, or a list of shapes; only where the model leaves it open.
        clock: function that tells the time in seconds; another one is useful in tests.

    Raises:
        ValueError: when the model is not built, its input's shape is open, or a number is out of its range.

    Example:
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> measure_latency(model, rounds=2).milliseconds > 0
        True
    """
    if batch_size < 1 or rounds < 1:
        raise ValueError(f"Received batch_size={batch_size}, rounds={rounds}; expected 1 or more of each.")
    shapes = input_shapes(model, input_shape)
    asker = _Asker(model)
    # XLA's convolutions on a CPU are 2 to 7 times slower than TensorFlow's plain graph.
    asker.jit_compile = keras.backend.backend() == "jax"
    times = {}
    for size in dict.fromkeys((1, batch_size)):
        batch = _batch(model, shapes, size)
        asker.predict_on_batch(batch)  # compiles
        times[size] = _time(functools.partial(asker.predict_on_batch, batch), rounds, max_seconds, clock)
    return Latency(
        milliseconds=1000 * statistics.median(times[1]),
        fastest_milliseconds=1000 * min(times[1]),
        examples_per_second=batch_size / max(statistics.median(times[batch_size]), 1e-9),
        batch_size=batch_size,
        rounds=min(map(len, times.values())),
    )


class _Asker(keras.Model):
    """Calls another model in inference mode; exists so that the compiled function is its own and not that model's."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__(name="asker", autocast=False)
        self.asked = model

    def call(self, inputs: Any) -> Any:
        return self.asked(inputs, training=False)


def _time(action: Callable[[], Any], rounds: int, max_seconds: float, clock: Callable[[], float]) -> list[float]:
    seconds: list[float] = []
    while len(seconds) < rounds and sum(seconds) < max_seconds or not seconds:
        start = clock()
        action()
        seconds.append(clock() - start)
    return seconds


def _batch(model: Any, shapes: Sequence[Shape], size: int) -> Any:
    random = np.random.default_rng(0)
    # Random numbers, since zeros are not what a network sees; whole numbers are ids, of which 0 is always one.
    arrays = []
    for shape, dtype in zip(shapes, input_dtypes(model, len(shapes)), strict=True):
        drawn = random.random((size, *shape[1:])) if "float" in dtype else np.zeros((size, *shape[1:]))
        arrays.append(drawn.astype("float32" if "float" in dtype else dtype))
    return like_inputs(model, arrays)
