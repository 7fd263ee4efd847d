"""One contract that every schedule keeps: its values, its configuration, and training on from a saved model."""

import keras
import numpy as np
import pytest


@pytest.fixture
def check_schedule(tmp_path):
    """Return a function that checks a schedule against a table {update: rate by hand}."""

    def check(schedule, table):
        received = {step: float(schedule(step)) for step in table}
        assert received == pytest.approx(table, abs=1e-7)
        again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
        assert type(again) is type(schedule)
        assert {step: float(again(step)) for step in table} == received
        check_saved_model_trains_on(schedule, tmp_path)

    return check


def check_saved_model_trains_on(schedule, folder):
    """A model that is saved half way, reloaded and trained on equals one that was never saved."""
    x = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedule, momentum=0.9), "mse")
    model.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
    model.save(folder / "model.keras")
    again = keras.models.load_model(folder / "model.keras")
    for each in (model, again):
        each.fit(x, y, batch_size=4, epochs=1, shuffle=False, verbose=0)
    assert float(again.optimizer.learning_rate) == float(model.optimizer.learning_rate)
    for ours, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
