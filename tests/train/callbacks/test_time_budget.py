import keras
import numpy as np
import pytest

from atolye.train.callbacks import TimeBudget, parse_seconds


class Clock:
    """A clock that moves only when told."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Work(keras.callbacks.Callback):
    """Makes each batch and each validation take a set time."""

    def __init__(self, clock, batch=1.0, test=0.0):
        super().__init__()
        self.clock, self.batch, self.test, self.batches = clock, batch, test, 0

    def on_train_batch_begin(self, batch, logs=None):
        self.batches += 1
        self.clock.now += self.batch

    def on_test_batch_begin(self, batch, logs=None):
        self.clock.now += self.test


def run(seconds, *, batch=1.0, test=0.0, state=None, epochs=50):
    clock = Clock()
    work = Work(clock, batch, test)
    budget = TimeBudget(seconds, clock=clock)
    if state:
        budget.set_state(state)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((4, 1), "float32")
    options = {"batch_size": 1, "epochs": epochs, "verbose": 0, "callbacks": [work, budget]}
    history = model.fit(x, x, validation_data=(x[:1], x[:1]), **options)
    return len(history.epoch), work.batches, clock.now - 100.0, budget


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1.5m", 90), (2, 2)]
)
def test_durations(text, seconds):
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5x", "m5", "5m3"])
def test_text_that_is_no_duration(text):
    with pytest.raises(ValueError, match="must look like 90s, 5m or 1h30m; received"):
        parse_seconds(text)


@pytest.mark.parametrize("value", [0, -1, "0s", float("inf"), float("nan")])
def test_budget_above_zero(value):
    with pytest.raises(ValueError, match="must be above 0 seconds and finite; received"):
        TimeBudget(value)


def test_stops_before_an_epoch_that_would_not_fit():
    # an epoch is 4 batches of 1 s and a validation of 1 s; the third would end at 15 s
    epochs, batches, spent, budget = run(14, test=1.0)
    assert (epochs, batches, spent, budget.stopped_epoch) == (2, 8, 10.0, 1)


def test_uses_an_epoch_that_fits_exactly():
    assert run(15, test=1.0)[0] == 3


def test_stops_inside_a_first_epoch_that_is_too_long():
    epochs, batches, spent, _ = run(2.5)
    assert (epochs, batches, spent) == (1, 3, 3.0)


def test_resumed_training_goes_on_with_what_is_left():
    epochs, _, _, budget = run(20, state={"spent": 10.0, "durations": [4.0, 4.0]})
    assert epochs == 2
    assert budget.get_state() == {"spent": 18.0, "durations": [4.0, 4.0, 4.0]}


def test_plenty_of_time_changes_nothing():
    epochs, _, _, budget = run("1h", epochs=3)
    assert epochs == 3
    assert budget.stopped_epoch is None
