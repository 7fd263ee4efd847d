import keras
import numpy as np
import pytest

from atolye.train.same_start import snapshot, start_over


def make_model():
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "mse")
    return model


def test_second_training_repeats_the_first_bitwise(seeded):
    model, x = make_model(), np.random.default_rng(0).normal(size=(40, 3)).astype("float32")
    start, ends = snapshot(model.variables), []
    for seed in (1, 1, 2):
        start_over(model, start, seed=seed)
        model.optimizer.learning_rate = 0.1
        model.fit(x, x[:, :1], batch_size=8, epochs=2, verbose=0)
        ends.append(snapshot(model.variables))
    assert all(map(np.array_equal, ends[0], ends[1]))
    assert not np.array_equal(ends[0][0], ends[2][0])  # another order


def test_optimizer_has_not_seen_a_batch(seeded):
    model = make_model()
    start = snapshot(model.variables)
    model.fit(np.ones((8, 3)), np.ones((8, 1)), verbose=0)
    start_over(model, start, seed=0)
    assert all(not value.any() for value in snapshot(model.optimizer.variables))


def test_snapshot_of_another_model_is_refused(seeded):
    model = make_model()
    with pytest.raises(ValueError, match=r"Received 1 arrays for the 9 variables of model .*expected snapshot"):
        start_over(model, [np.zeros(2)], seed=0)
