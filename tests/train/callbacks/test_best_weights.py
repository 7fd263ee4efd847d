import importlib.util
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from atolye.train.callbacks import BestWeights, TimeBudget


def build(learning_rate=0.05, **options):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    return model


def data(rows=96):
    rng = np.random.default_rng(7)
    x = rng.normal(size=(rows, 6)).astype("float32")
    y = (x[:, 0] + rng.normal(size=rows) > 0).astype("int64") + (x[:, 1] > 1)
    return x, y


def fit(model, *callbacks, epochs=8, **options):
    x, y = data()
    validation = (x[64:], y[64:])
    options = {"batch_size": 8, "epochs": epochs, "verbose": 0, "callbacks": list(callbacks)} | options
    return model.fit(x[:64], y[:64], validation_data=validation, **options).history, validation


@pytest.mark.parametrize(
    ("monitor", "ema_decay", "steps_per_execution"),
    [("val_loss", None, 3), ("val_loss", 0.9, 1), ("val_accuracy", None, 1), ("val_accuracy", 0.9, 3)],
)
def test_reported_saved_and_returned_are_the_same_weights(tmp_path, monitor, ema_decay, steps_per_execution):
    # rates at which the best epoch is neither the first nor the last
    rate = 0.02 if monitor == "val_loss" else 0.005
    model = build(learning_rate=rate, steps_per_execution=steps_per_execution)
    keep = BestWeights(monitor, ema_decay=ema_decay, filepath=tmp_path / "best.keras")
    history, (x, y) = fit(model, keep)
    best = min if monitor == "val_loss" else max
    reported = {name: history[f"val_{name}"][keep.best_epoch] for name in ("loss", "accuracy")}
    assert keep.best == history[monitor][keep.best_epoch] == best(history[monitor])
    assert model.evaluate(x, y, batch_size=8, verbose=0, return_dict=True) == reported
    loaded = keras.models.load_model(tmp_path / "best.keras")
    assert loaded.evaluate(x, y, batch_size=8, verbose=0, return_dict=True) == reported
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert 0 < keep.best_epoch < 7  # otherwise restoring would not be tested


def test_last_weights_are_the_averaged_ones_when_best_are_not_restored():
    model = build()
    history, (x, y) = fit(model, BestWeights(ema_decay=0.9, restore_best_weights=False))
    assert model.evaluate(x, y, batch_size=8, verbose=0)[0] == history["val_loss"][-1]


def test_other_callbacks_see_the_measured_weights(tmp_path):
    model = build()
    checkpoint = keras.callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.keras"))
    history, (x, y) = fit(model, checkpoint, BestWeights(ema_decay=0.9), epochs=3)
    for epoch in range(3):
        loaded = keras.models.load_model(tmp_path / f"{epoch + 1}.keras")
        assert loaded.evaluate(x, y, batch_size=8, verbose=0)[0] == history["val_loss"][epoch]


def test_patience_and_min_delta():
    class Script(keras.callbacks.Callback):
        """Puts a made-up metric into the logs."""

        values = (0.5, 0.4, 0.395, 0.39, 0.35, 0.36, 0.36, 0.1)

        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = self.values[epoch]

    keep = BestWeights(patience=2, min_delta=0.02)
    history, _ = fit(build(), Script(), keep)
    # 0.395 and 0.39 are no improvement by more than 0.02, so epoch 4 is the last
    assert (len(history["loss"]), keep.best, keep.best_epoch) == (4, 0.4, 1)


def test_a_nan_metric_is_no_improvement():
    class Script(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = float("nan") if epoch == 0 else 1.0 + epoch

    keep = BestWeights()
    fit(build(), Script(), keep, epochs=3)
    assert (keep.best, keep.best_epoch) == (2.0, 1)


def test_time_budget_leaves_the_best_weights():
    now = [0.0]
    tick = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: now.__setitem__(0, now[0] + 1))
    keep = BestWeights(ema_decay=0.9)
    budget = TimeBudget(44, clock=lambda: now[0])  # 8 batches an epoch
    model = build(learning_rate=0.3)
    history, (x, y) = fit(model, tick, budget, keep, epochs=50)
    assert len(history["loss"]) == 5
    assert model.evaluate(x, y, batch_size=8, verbose=0)[0] == min(history["val_loss"])


def test_resumed_training_equals_an_uninterrupted_one():
    class State(keras.callbacks.Callback):
        """Takes what a resuming training would find on disk."""

        def on_epoch_end(self, epoch, logs=None):
            self.kept = keep.get_state()
            self.optimizer = [np.array(v.numpy()) for v in self.model.optimizer.variables]

    keep, state = BestWeights(ema_decay=0.9), State()
    whole = build()
    keras.utils.set_random_seed(9)
    fit(whole, keep, state, epochs=3, shuffle=False)
    average_of_three = state.kept["arrays"]

    keep = BestWeights(ema_decay=0.9)
    keras.utils.set_random_seed(9)
    part = build()
    keras.utils.set_random_seed(9)
    fit(part, keep, state, epochs=2, shuffle=False)
    seeds = [np.array(v.numpy()) for v in part.variables if "seed" in v.path]
    resumed = build()
    resumed.optimizer.build(resumed.trainable_variables)
    for variable, value in zip(resumed.optimizer.variables, state.optimizer, strict=True):
        variable.assign(value)
    for variable, value in zip([v for v in resumed.variables if "seed" in v.path], seeds, strict=True):
        variable.assign(value)
    best_so_far = keep.best
    keep = BestWeights(ema_decay=0.9)
    keep.set_state(state.kept)
    fit(resumed, keep, state, epochs=3, initial_epoch=2, shuffle=False)
    assert keep.best <= best_so_far
    for name, value in average_of_three.items():
        np.testing.assert_array_equal(state.kept["arrays"][name], value, err_msg=name)


def test_the_model_is_left_as_it_was_found():
    model = build()
    step = model.train_step
    fit(model, BestWeights(ema_decay=0.9), epochs=1)
    assert "train_step" not in vars(model)
    assert model.train_step == step


def test_bad_arguments():
    for options, message in [
        ({"patience": 0}, "patience must be at least 1 epoch, or None; received 0"),
        ({"min_delta": -1}, "min_delta must be 0 or more; received -1"),
        ({"ema_decay": 1.0}, "ema_decay must be between 0 and 1, or None; received 1.0"),
        ({"filepath": "best.h5"}, "filepath must end in .keras; received 'best.h5'"),
        ({"monitor": "kappa"}, "cannot tell whether a higher 'kappa' is better"),
    ]:
        with pytest.raises(ValueError, match=message):
            BestWeights(**options)


def test_unknown_monitor_is_refused_before_the_first_batch():
    batches = []
    count = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: batches.append(batch))
    with pytest.raises(ValueError, match="'val_acc' will not be logged; .* Did you mean 'val_accuracy'"):
        fit(build(), count, BestWeights("val_acc"))
    assert batches == []


def test_missing_validation_data_is_named_after_one_epoch():
    x, y = data()
    with pytest.raises(ValueError, match="'val_loss' was not logged in epoch 1; .* Pass validation_data"):
        build().fit(x, y, epochs=5, verbose=0, callbacks=[BestWeights()])


def test_two_averages_are_refused():
    model = build()
    model.compile(keras.optimizers.Adam(0.1, use_ema=True), "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="averages weights already"):
        fit(model, BestWeights(ema_decay=0.9))


ON_JAX = """
import keras, numpy as np
from atolye.train.callbacks import BestWeights

keras.utils.set_random_seed(0)
hidden = [keras.layers.Dense(4), keras.layers.BatchNormalization()]
model = keras.Sequential([keras.Input((3,)), *hidden, keras.layers.Dense(1)])
model.compile(keras.optimizers.Adam(0.3), "mse")
x = np.random.default_rng(0).normal(size=(32, 3)).astype("float32")
keep = BestWeights(ema_decay=0.9)
history = model.fit(x, x[:, :1], validation_data=(x, x[:, :1]), batch_size=8, epochs=4, verbose=0, callbacks=[keep])
assert keep.best == min(history.history["val_loss"]) == model.evaluate(x, x[:, :1], batch_size=8, verbose=0)
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_the_average_agrees_on_jax_too():
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run([sys.executable, "-c", ON_JAX], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
