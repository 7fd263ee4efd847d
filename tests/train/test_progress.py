"""The progress bar draws on a terminal; elsewhere long trainings leave lines, short ones none."""

import io

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
    first, second = stream.getvalue().splitlines()
    assert first.startswith("toy [1]: epoch 1/2  loss ")
    assert second.startswith("toy [1]: epoch 2/2  loss ")


@pytest.mark.usefixtures("seeded")
def test_a_terminal_sees_epoch_and_metrics():
    stream = io.StringIO()
    callback = RichProgress("toy", console=Console(file=stream, force_terminal=True, width=120))
    fit(callback)
    assert "toy" in stream.getvalue()
    assert "/2" in stream.getvalue()
    assert callback._progress is None  # closed: nothing goes on drawing after the training
