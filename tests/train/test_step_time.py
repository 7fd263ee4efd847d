import keras
import numpy as np
import pytest

from atolye.train.step_time import measure_step_times


class Model:
    """Stands for a compiled model whose step takes a set time."""

    def __init__(self, clock, seconds, steps):
        self.clock, self.seconds, self.steps = clock, seconds, steps
        self.optimizer, self.trainable_variables = keras.optimizers.SGD(), []

    def train_on_batch(self, inputs, targets, return_dict=False):
        policy = self.seconds[0]
        self.steps.append(policy)
        self.clock[0] += self.seconds[1]
        return {"loss": 0.5}


def measure(times, **options):
    clock, steps = [0.0], []

    def build():
        name = keras.config.dtype_policy().name
        return Model(clock, (name, times[name]), steps)

    table = measure_step_times(build, None, None, policies=list(times), clock=lambda: clock[0], **options)
    return table, steps


def test_speedup_is_over_the_first_policy_and_turns_are_taken():
    table, steps = measure({"float32": 0.2, "mixed_bfloat16": 0.1}, rounds=2)
    assert table["milliseconds"].tolist() == pytest.approx([200.0, 100.0])
    assert table["speedup"].tolist() == pytest.approx([1.0, 2.0])
    assert steps == ["float32", "mixed_bfloat16"] * 3  # once to compile, then two rounds
    assert keras.config.dtype_policy().name == "float32"


def test_a_slow_policy_stops_early():
    _, steps = measure({"float32": 0.2, "mixed_float16": 8.0}, rounds=5, max_seconds=10.0)
    assert steps.count("mixed_float16") == 1 + 2
    assert steps.count("float32") == 1 + 5


def test_models_are_built_under_the_policy():
    seen = []

    def build():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, dtype=keras.config.dtype_policy())])
        seen.append(model.layers[0].compute_dtype)
        model.compile("sgd", "mse")
        return model

    x = np.ones((4, 3), "float32")
    table = measure_step_times(build, x, x[:, :1], policies=["float32", "mixed_bfloat16"], rounds=1)
    assert seen == ["float32", "bfloat16"]
    assert np.isfinite(table["loss"]).all()


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"Received policies=\[\], rounds=5; expected one or more of each"):
        measure_step_times(lambda: None, None, None, policies=[])
