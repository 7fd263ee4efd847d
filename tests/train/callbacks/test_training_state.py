"""A training that is killed and goes on ends as one left alone."""

import keras
import numpy as np
import pytest

from atolye.train.callbacks import BestWeights, TrainingState

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(64, 6)).astype("float32")
Y = (X.sum(1) > 0).astype("int32")


def make_model():
    keras.utils.set_random_seed(3)
    layers = [keras.Input((6,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5)]
    model = keras.Sequential([*layers, keras.layers.BatchNormalization(), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    return model


class Killed(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def sitting(path, killed=-1, ema_decay=None):
    model, keep = make_model(), BestWeights(patience=4, ema_decay=ema_decay)
    state = TrainingState(path, keep=keep)
    first, _ = state.restore(model)
    options = {"validation_data": (X[:16], Y[:16]), "shuffle": False, "verbose": 0}
    model.fit(X, Y, epochs=8, initial_epoch=first, callbacks=[keep, state, Killed(killed)], **options)
    return model, state.history


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_interrupted_twice_equals_uninterrupted(tmp_path, ema_decay):
    whole, history = sitting(tmp_path / "whole.npz", ema_decay=ema_decay)
    for epoch in (2, 5):
        with pytest.raises(KeyboardInterrupt):
            sitting(tmp_path / "parts.npz", killed=epoch, ema_decay=ema_decay)
    parts, parts_history = sitting(tmp_path / "parts.npz", ema_decay=ema_decay)
    assert parts_history == history
    for one, other in zip(whole.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_a_file_training_starts_at_the_start(tmp_path):
    assert TrainingState(tmp_path / "absent.npz").restore(make_model()) == (0, [])


def test_a_damaged_file_and_another_models_state_are_refused(tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"PK no")
    with pytest.raises(ValueError, match="bad.npz is damaged"):
        TrainingState(tmp_path / "bad.npz").restore(make_model())
    sitting(tmp_path / "state.npz")
    whole = (tmp_path / "state.npz").read_bytes()
    (tmp_path / "bad.npz").write_bytes(whole[: len(whole) // 2])  # cut short while it was copied
    with pytest.raises(ValueError, match="bad.npz is damaged"):
        TrainingState(tmp_path / "bad.npz").restore(make_model())
    other = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, "softmax")])
    other.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="is the state of another model"):
        TrainingState(tmp_path / "state.npz", keep=BestWeights()).restore(other)


def test_a_training_that_was_stopped_says_so(tmp_path):
    model, keep = make_model(), BestWeights(patience=1, min_delta=10.0)
    state = TrainingState(tmp_path / "state.npz", keep=keep)
    state.restore(model)
    model.fit(X, Y, epochs=8, validation_data=(X, Y), verbose=0, callbacks=[keep, state])
    assert state.stopped
    assert len(state.history) == 2
