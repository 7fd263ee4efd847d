"""Epochs with everything around them, for any compiled model and any stage of a training."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from atolye.data import Split
from atolye.train.precision import Precision
from atolye.train.prepare import Prepared
from atolye.train.run_epochs import EpochPlan, run_epochs
from atolye.train.target_scale import TargetScale

PLAN = EpochPlan(3, 4, 0, patience=10, min_delta=0.0)


class PickFirst:
    """Give the first of several views of each example."""

    def augment(self, images, labels=None, *, generator, epoch=0):
        return images[:, 0], labels


@pytest.fixture
def prepared() -> Prepared:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    inputs = np.random.default_rng(0).normal(size=(12, 2)).astype("float32")
    split = Split(inputs, (inputs[:, 0] > 0).astype("int64"), np.arange(12).astype(str))
    return Prepared(model, split, split, (2,), None, TargetScale(), Precision("float32", "test"), None)


def test_a_finished_training_is_only_read_back(prepared, tmp_path: Path):
    state = tmp_path / "state.npz"
    history, best = run_epochs(prepared, PLAN, state_path=state)
    weights = prepared.model.get_weights()
    prepared.model.set_weights([0 * weight for weight in weights])
    again, best_again = run_epochs(prepared, PLAN, state_path=state)
    pd.testing.assert_frame_equal(again, history)
    assert best_again == best == int(history["val_loss"].idxmin()) + 1
    for one, other in zip(prepared.model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_pruned_epochs_go_on_where_they_were_interrupted(prepared, tmp_path: Path):
    prepared.model.compile(keras.optimizers.SGD(0.5), keras.losses.BinaryCrossentropy(), metrics=["accuracy"])
    start = prepared.model.get_weights()
    plan = EpochPlan(6, 4, 0, patience=10, min_delta=0.0, prune=0.5)
    whole, _ = run_epochs(prepared, plan)
    expected = prepared.model.get_weights()
    prepared.model.set_weights(start)
    prepared.model.compile(keras.optimizers.SGD(0.5), keras.losses.BinaryCrossentropy(), metrics=["accuracy"])

    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_epochs(prepared, plan, callbacks=[Killed()], state_path=tmp_path / "state.npz")
    prepared.model.compile(keras.optimizers.SGD(0.5), keras.losses.BinaryCrossentropy(), metrics=["accuracy"])
    resumed, _ = run_epochs(prepared, plan, state_path=tmp_path / "state.npz")
    pd.testing.assert_frame_equal(resumed.drop(columns="seconds"), whole.drop(columns="seconds"))
    for one, other in zip(prepared.model.get_weights(), expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_slow_weights_are_met_and_interrupted_they_go_on(prepared, tmp_path: Path):
    plan = EpochPlan(4, 4, 0, patience=10, min_delta=0.0, lookahead=True)
    start = prepared.model.get_weights()
    whole, _ = run_epochs(prepared, plan)
    plain, _ = run_epochs(_again(prepared, start), EpochPlan(4, 4, 0, patience=10, min_delta=0.0))
    assert whole["val_loss"].iloc[-1] != plain["val_loss"].iloc[-1]
    stop = keras.callbacks.LambdaCallback(on_epoch_end=_interrupt_after(1))
    with pytest.raises(KeyboardInterrupt):
        run_epochs(_again(prepared, start), plan, callbacks=[stop], state_path=tmp_path / "state.npz")
    resumed, _ = run_epochs(_again(prepared, start), plan, state_path=tmp_path / "state.npz")
    np.testing.assert_array_equal(resumed["val_loss"], whole["val_loss"])


def _again(prepared: Prepared, start: list[np.ndarray]) -> Prepared:
    prepared.model.set_weights(start)
    prepared.model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    return prepared


def _interrupt_after(last: int):
    def stop(epoch, logs):
        if epoch > last:
            raise KeyboardInterrupt

    return stop


def test_what_the_pipeline_picks_is_what_the_model_is_tried_on(prepared):
    several = np.stack([prepared.train.inputs, np.full((12, 2), np.nan, "float32")], axis=1)
    views = Split(several, prepared.train.targets, prepared.train.ids)
    picked = Prepared(**vars(prepared) | {"train": views, "augment": PickFirst()})
    history, _ = run_epochs(picked, PLAN)
    assert np.isfinite(history["loss"]).all() and len(history) == 3


@pytest.mark.parametrize(("drop_remainder", "updates"), [(False, 6), (True, 4)])
def test_the_last_batch_of_an_epoch_may_be_left_out(prepared, drop_remainder, updates):
    plan = EpochPlan(2, 5, 0, patience=10, min_delta=0.0, drop_remainder=drop_remainder)  # 12 examples: 5, 5, 2
    run_epochs(prepared, plan)
    assert int(prepared.model.optimizer.iterations) == updates
