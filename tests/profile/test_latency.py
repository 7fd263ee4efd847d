"""Measured time with a clock of our own."""

import itertools

import keras
import pytest

from atolye.profile import Latency, measure_latency

L = keras.layers


def model(shape=(4,), dtype="float32"):
    return keras.Sequential([keras.Input(shape, dtype=dtype), L.Dense(2)])


def clock(*seconds):
    """Tell 0, then so many seconds later, for one timed call after the other."""
    times = itertools.accumulate(itertools.chain.from_iterable((0.0, step) for step in seconds))
    return lambda: next(times)


def test_medians_by_hand():
    found = measure_latency(model(), batch_size=8, rounds=3, clock=clock(0.003, 0.001, 0.002, 0.4, 0.5, 0.9))
    assert found == Latency(pytest.approx(2.0), pytest.approx(1.0), pytest.approx(16.0), batch_size=8, rounds=3)


def test_a_slow_model_gets_one_round_and_a_batch_of_one_is_timed_once():
    found = measure_latency(model(), batch_size=1, rounds=9, max_seconds=1.0, clock=clock(2.0))
    assert (found.milliseconds, found.examples_per_second, found.rounds) == (2000.0, 0.5, 1)


def test_several_inputs_by_name_and_ids_leave_the_model_as_it_was():
    inputs = {"a": keras.Input((3,), dtype="int32", name="a"), "b": keras.Input((3,), name="b")}
    two = keras.Model(inputs, L.Add()([L.Flatten()(L.Embedding(5, 1)(inputs["a"])), inputs["b"]]))
    assert measure_latency(two, batch_size=2, rounds=1).examples_per_second > 0
    assert two.predict_function is None


def test_errors():
    with pytest.raises(ValueError, match="Received batch_size=0, rounds=20; expected 1 or more of each"):
        measure_latency(model(), batch_size=0)
    with pytest.raises(ValueError, match="is not built"):
        measure_latency(keras.Sequential([L.Dense(2)]))
