"""Losses of single examples, recorded while they are trained on."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from atolye.data import DataPruning, Split, batches
from atolye.train.callbacks import ExampleLosses

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(37, 4)).astype("float32")
LABELS = RANDOM.integers(0, 3, 37)
PART = Split(INPUTS, LABELS, np.arange(37).astype(str))


def compiled(loss, *, rate: float = 0.0, units: int = 3) -> keras.Model:
    keras.utils.set_random_seed(0)
    activation = "softmax" if units > 1 else "sigmoid"
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, activation=activation)])
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"])
    return model


def train(model, pruning, *, split=PART, epochs=5, **options):
    data = batches(split, 8, shuffle=True, pruning=pruning)
    recording = ExampleLosses(pruning, len(split))
    return model.fit(data, epochs=epochs, verbose=0, shuffle=False, callbacks=[recording], **options)


def losses(pruning: DataPruning) -> np.ndarray:
    return pruning.get_state()["arrays"]["losses"]


def test_they_are_those_of_each_example():
    model, pruning = compiled(keras.losses.SparseCategoricalCrossentropy()), DataPruning(0.3, epochs=5)
    history = train(model, pruning, validation_data=batches(PART, 5))
    by_hand = -np.log(model.predict(INPUTS, verbose=0)[np.arange(37), LABELS])
    np.testing.assert_allclose(losses(pruning), by_hand, rtol=1e-5)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.history["loss"][0] == pytest.approx(by_hand.mean(), rel=1e-5)


def test_of_two_classes_and_without_weights():
    split = Split(INPUTS, (LABELS > 0).astype("int64"), PART.ids)
    model, pruning = compiled(keras.losses.BinaryCrossentropy(), units=1), DataPruning(0.3, epochs=5)
    train(model, pruning, split=split, class_weight={0: 5.0, 1: 1.0})
    share = model.predict(INPUTS, verbose=0)[:, 0]
    by_hand = -np.log(np.where(split.targets == 1, share, 1 - share))
    np.testing.assert_allclose(losses(pruning), by_hand, rtol=1e-5)


def test_training_itself_is_not_changed():
    pruning = DataPruning(0.3, epochs=2)  # both epochs are whole
    one, other = (compiled(keras.losses.SparseCategoricalCrossentropy(), rate=0.1) for _ in range(2))
    train(one, pruning, epochs=2)
    other.fit(batches(PART, 8, shuffle=True), epochs=2, verbose=0, shuffle=False)
    for weight, expected in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_the_model_is_left_as_it_was():
    model, pruning = compiled(keras.losses.SparseCategoricalCrossentropy()), DataPruning(0.3, epochs=5)
    model.evaluate(INPUTS, LABELS, verbose=0)
    metrics = list(model.metrics)
    train(model, pruning)
    assert list(model.metrics) == metrics
    assert not {"compute_loss", "example_losses"} & set(vars(model))
    model.fit(INPUTS, LABELS, verbose=0)


def test_an_interrupted_training_leaves_nothing_in_the_way():
    class Killed(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    model, pruning = compiled(keras.losses.SparseCategoricalCrossentropy()), DataPruning(0.3, epochs=5)
    data = batches(PART, 8, shuffle=True, pruning=pruning)
    with pytest.raises(KeyboardInterrupt):
        model.fit(data, epochs=5, verbose=0, shuffle=False, callbacks=[ExampleLosses(pruning, 37), Killed()])
    twice = np.concatenate([INPUTS, INPUTS])
    model.fit(twice, np.concatenate([LABELS, LABELS]), batch_size=74, verbose=0)  # more than the recorder holds
    fresh = DataPruning(0.3, epochs=5)
    train(model, fresh)
    assert np.isfinite(losses(fresh)).all()
    assert not {"compute_loss", "example_losses"} & set(vars(model))
    assert [type(metric).__name__ for metric in model.metrics].count("_Recorder") == 0
    # Keras knows metrics by their id, which the next one may get: one that is gone must not be remembered.
    assert model._tracker.stored_ids["metrics"] == {id(metric) for metric in model._metrics}


def test_of_numbers_and_of_several_steps_in_one_execution():
    keras.utils.set_random_seed(0)
    split = Split(INPUTS, INPUTS[:, 0].copy(), PART.ids)
    model, pruning = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]), DataPruning(0.3, epochs=5)
    model.compile(keras.optimizers.SGD(0.0), keras.losses.MeanSquaredError(), steps_per_execution=3)
    train(model, pruning, split=split)
    by_hand = (model.predict(INPUTS, verbose=0)[:, 0] - split.targets) ** 2
    np.testing.assert_allclose(losses(pruning), by_hand, rtol=1e-4, atol=1e-6)


def test_refuses_a_loss_without_an_object():
    with pytest.raises(ValueError, match="Received a model compiled with loss='sparse_categorical_crossentropy'"):
        train(compiled("sparse_categorical_crossentropy"), DataPruning(0.3, epochs=5))


PROGRAM = """
import numpy as np
import keras
from atolye.data import DataPruning, Split, batches
from atolye.train.callbacks import ExampleLosses
inputs, labels = np.random.default_rng(0).normal(size=(37, 4)).astype("float32"), np.arange(37) % 3
part, pruning = Split(inputs, labels, np.arange(37).astype(str)), DataPruning(0.3, epochs=5)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
model.compile(keras.optimizers.SGD(0.0), keras.losses.SparseCategoricalCrossentropy())
data = batches(part, 8, shuffle=True, pruning=pruning)
model.fit(data, epochs=3, verbose=0, shuffle=False, callbacks=[ExampleLosses(pruning, 37)])
by_hand = -np.log(np.asarray(model.predict(inputs, verbose=0))[np.arange(37), labels])
np.testing.assert_allclose(pruning.get_state()["arrays"]["losses"], by_hand, rtol=1e-5)
assert [len(targets) for _, targets in data] == [6, 5, 5, 5, 5]  # 26 of 37
"""


def test_on_jax(monkeypatch):
    pytest.importorskip("jax", reason="jax is not installed")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
