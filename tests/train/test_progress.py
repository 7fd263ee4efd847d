"""The progress bar draws on a terminal; elsewhere long trainings leave lines, short ones none."""

import io
import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from rich.console import Console

from atolye.train import progress
from atolye.train.progress import RichProgress


def fit(callback):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.ones((8, 2)), np.ones((8, 1)), epochs=2, batch_size=4, verbose=0, callbacks=[callback])


def test_a_short_training_is_silent_outside_a_terminal():
    stream = io.StringIO()
    fit(RichProgress("toy", console=Console(file=stream, force_terminal=False)))
    assert stream.getvalue() == ""


@pytest.mark.usefixtures("seeded")
def test_a_long_one_leaves_lines_with_epoch_and_metrics(monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    stream = io.StringIO()
    fit(RichProgress("toy [1]", console=Console(file=stream, force_terminal=False)))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 4
    assert re.fullmatch(r"toy \[1\]: epoch 1/2, update 1 of 2, about \d+ s left  loss \S+", lines[0])
    assert lines[1].startswith("toy [1]: epoch 1/2  loss ")
    assert lines[2].startswith("toy [1]: epoch 2/2, update 1 of 2, about ")
    assert lines[3].startswith("toy [1]: epoch 2/2  loss ")


def callback_in_a_log(monkeypatch, *, epochs, steps):
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    stream = io.StringIO()
    callback = RichProgress("toy", console=Console(file=stream, force_terminal=False))
    callback.set_params({"epochs": epochs, "steps": steps})
    callback.on_train_begin()
    return callback, now, stream


def test_the_time_left_counts_from_the_epoch_at_which_a_training_goes_on(monkeypatch):
    callback, now, stream = callback_in_a_log(monkeypatch, epochs=6, steps=4)
    callback.on_epoch_begin(4)
    now.seconds = 300
    callback.on_train_batch_end(0, {"loss": 1.25, "learning_rate": 0.1})
    assert stream.getvalue() == "toy: epoch 5/6, update 1 of 4, about 35 min left  loss 1.25\n"  # 7 times as much more


def test_the_line_of_a_long_epoch_is_written_right_after_one_within_it(monkeypatch):
    callback, now, stream = callback_in_a_log(monkeypatch, epochs=2, steps=3)
    callback.on_epoch_begin(0)
    for batch, now.seconds in enumerate([29, 40, 60]):  # the last update has the epoch's line
        callback.on_train_batch_end(batch, {"loss": 2.0})
    callback.on_epoch_end(0, {"loss": 2.0, "val_loss": 1.5})
    now.seconds = 89
    callback.on_epoch_end(1, {"loss": 1.0, "val_loss": 1.0})  # a short one
    assert stream.getvalue().splitlines() == [
        "toy: epoch 1/2, update 2 of 3, about 80 s left  loss 2",
        "toy: epoch 1/2  loss 2  val_loss 1.5",
    ]


@pytest.mark.usefixtures("seeded")
def test_a_terminal_sees_epoch_and_metrics():
    stream = io.StringIO()
    callback = RichProgress("toy", console=Console(file=stream, force_terminal=True, width=120))
    fit(callback)
    assert "toy" in stream.getvalue()
    assert "/2" in stream.getvalue()
    assert callback._progress is None  # closed: nothing goes on drawing after the training
