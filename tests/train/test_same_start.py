import keras
import numpy as np
import pytest

from atolye.train.same_start import same_weights, snapshot, start_over


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


def kernels(model):
    return [value for value in snapshot(model.trainable_variables) if value.ndim > 1]


def test_weights_depend_on_seed_shape_and_rank_alone():
    def stack(*between):
        layers = [keras.layers.Dense(4), *between, keras.layers.Dense(4), keras.layers.Dense(2)]
        return keras.Sequential([keras.Input((4,)), *layers])

    plain, other = stack(), stack(keras.layers.Dropout(0.5), keras.layers.Dense(4, "relu", kernel_initializer="ones"))
    same_weights(plain, 3)
    same_weights(other, 3)
    first, second, last = kernels(plain)
    assert np.array_equal(first, kernels(other)[0]) and np.array_equal(last, kernels(other)[-1])
    assert np.array_equal(second, kernels(other)[2])  # constant starts are no draw
    assert kernels(other)[1].min() == 1
    assert not np.array_equal(first, second)
    same_weights(plain, 4)
    assert not np.array_equal(first, kernels(plain)[0])


def test_initial_spread_is_the_initializers_and_every_kind_of_kernel_is_drawn():
    layers = [keras.layers.Conv2D(32, 3, kernel_initializer="he_normal"), keras.layers.DepthwiseConv2D(3)]
    layers += [keras.layers.SeparableConv2D(8, 3), keras.layers.Flatten(), keras.layers.Dense(3, use_bias=False)]
    model = keras.Sequential([keras.Input((8, 8, 16)), *layers])
    before = kernels(model)
    same_weights(model, 0)
    assert len(before) == 5
    assert not any(map(np.array_equal, before, kernels(model)))
    assert kernels(model)[0].std() == pytest.approx((2 / (9 * 16)) ** 0.5, rel=0.05)


def test_a_model_without_weights_is_refused():
    with pytest.raises(ValueError, match="which is not built; expected one with weights"):
        same_weights(keras.Sequential([keras.layers.Dense(1)], name="empty"), 0)
