"""The benchmark behind precision "auto" runs and gives a ratio of two times."""

import itertools
import random

import keras

from atolye.train import precision_tensorflow


def test_ratio_of_the_fastest_steps(monkeypatch):
    # Pretended durations by turn, float32 then bfloat16: the fastest are 6 and 2 seconds.
    turns = [(8.0, 4.0), (6.0, 3.0), (7.0, 2.0), (9.0, 9.0), (6.5, 2.5)]
    ticks = itertools.accumulate(itertools.chain.from_iterable((1.0, seconds) for turn in turns for seconds in turn))
    monkeypatch.setattr(precision_tensorflow.time, "perf_counter", lambda: next(ticks))
    assert precision_tensorflow.bfloat16_speedup() == 3.0


def test_nothing_is_left_behind():
    keras.utils.set_random_seed(0)
    keras.backend.clear_session()
    expected_name, expected = keras.layers.Conv2D(1, 1).name, random.random()
    keras.utils.set_random_seed(0)
    keras.backend.clear_session()
    precision_tensorflow.bfloat16_speedup()
    assert (keras.layers.Conv2D(1, 1).name, random.random()) == (expected_name, expected)
