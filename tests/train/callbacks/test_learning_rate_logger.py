import keras
import numpy as np
import pytest

from atolye.train.callbacks import LearningRateLogger, current_learning_rates


def fit(optimizer, *extra, epochs=3):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="hidden"), keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    x = np.ones((8, 2), "float32")
    return model.fit(x, x[:, :1], batch_size=4, epochs=epochs, verbose=0, callbacks=[*extra, LearningRateLogger()])


def test_float_rate():
    assert fit(keras.optimizers.Adam(0.25)).history["learning_rate"] == [0.25] * 3


def test_schedule_is_read_at_the_end_of_the_epoch():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, decay_steps=1, decay_rate=0.5)
    # two updates an epoch: 0.5 * 0.5**2, 0.5 * 0.5**4
    assert fit(keras.optimizers.SGD(schedule), epochs=2).history["learning_rate"] == pytest.approx([0.125, 0.03125])


def test_loss_scale_optimizer_is_looked_through():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.125))
    assert fit(optimizer).history["learning_rate"] == [0.125] * 3


def test_multi_optimizer_logs_every_part_and_the_default():
    parts = {"hidden/.*": keras.optimizers.SGD(0.5, name="body")}
    groups = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.125, name="head"), parts)
    history = fit(keras.optimizers.MultiOptimizer(groups)).history
    assert history["learning_rate"] == [0.125] * 3
    assert history["learning_rate_body"] == [0.5] * 3
    assert history["learning_rate_head"] == [0.125] * 3


def test_parts_of_the_same_name_stay_apart():
    parts = {"hidden/.*": keras.optimizers.SGD(0.5, name="sgd")}
    optimizer = keras.optimizers.MultiOptimizer(
        keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.125, name="sgd"), parts)
    )
    assert sorted(current_learning_rates(optimizer).values()) == [0.125, 0.125, 0.5]


def test_without_a_default_the_highest_is_told():
    parts = {"kernel": keras.optimizers.SGD(0.125, name="slow"), "bias": keras.optimizers.SGD(0.5, name="fast")}
    optimizer = keras.optimizers.MultiOptimizer(lambda variable: parts[variable.name])
    assert fit(optimizer).history["learning_rate"] == [0.5] * 3


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # Keras's own, with NumPy 2
def test_rate_used_is_kept_when_plateau_lowers_it_first():
    plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", mode="max", factor=0.5, patience=1)
    # mode="max" on a falling loss: no improvement after epoch 1, so the rate halves after epochs 2 and 3.
    assert fit(keras.optimizers.SGD(0.125), plateau).history["learning_rate"] == [0.125, 0.125, 0.0625]
