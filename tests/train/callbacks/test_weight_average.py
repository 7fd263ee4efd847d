import keras
import numpy as np
import pytest

from atolye.train.callbacks import BestWeights, WeightAverage, update_count


def build(optimizer, **options):
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(6),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1),
        ]
    )
    model.compile(optimizer, "mse", **options)
    return model


def data(rows=32):
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, 4)).astype("float32"), rng.normal(size=(rows, 1)).astype("float32")


class Trace(keras.callbacks.Callback):
    """Records the trained weights after each batch."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append([np.array(weight) for weight in self.model.get_weights()])


def by_hand(start, steps, decay):
    average = [np.array(weight, "float64") for weight in start]
    for t, weights in enumerate(steps):
        rate = max(1 - decay, 9 / (10 + t))
        average = [a + rate * (w - a) for a, w in zip(average, weights, strict=True)]
    return average


def close(left, right):
    for a, b in zip(left, right, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-6)


def averaged_fit(model, *, batch_size=4, epochs=2, decay=0.8):
    keras.utils.set_random_seed(5)
    x, y = data()
    keep = BestWeights("loss", mode="max", restore_best_weights=False, ema_decay=decay)
    model.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=0, shuffle=False, callbacks=[keep])
    return [np.array(weight) for weight in model.get_weights()]


def plain_trace(model, *, batch_size=4, epochs=2):
    keras.utils.set_random_seed(5)
    start = [np.array(weight) for weight in model.get_weights()]
    trace = Trace()
    x, y = data()
    model.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=0, shuffle=False, callbacks=[trace])
    return start, trace.seen


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_average_equals_hand_arithmetic_batch_norm_included(steps_per_execution):
    start, steps = plain_trace(build(keras.optimizers.Adam(0.05)))
    result = averaged_fit(build(keras.optimizers.Adam(0.05), steps_per_execution=steps_per_execution))
    close(result, by_hand(start, steps, 0.8))
    assert np.abs(result[4] - steps[-1][4]).max() > 1e-3  # the moving mean is not the trained one


def test_accumulation_counts_updates_not_batches():
    start, steps = plain_trace(build(keras.optimizers.SGD(0.05, gradient_accumulation_steps=4)))
    result = averaged_fit(build(keras.optimizers.SGD(0.05, gradient_accumulation_steps=4)))
    assert len(steps) == 16
    close(result, by_hand(start, steps[3::4], 0.8))


def test_a_skipped_step_of_loss_scaling_is_not_counted():
    class Explode(keras.losses.Loss):
        def call(self, y_true, y_pred):
            # The target of the second batch makes the gradient infinite.
            return keras.ops.mean(keras.ops.square(y_true - y_pred) * keras.ops.exp(y_true * 1e3), axis=-1)

    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer, Explode())
    y = np.array([[0.0], [1.0], [0.0]], "float32")
    keep = BestWeights("loss", mode="max", restore_best_weights=False, ema_decay=0.5)
    counts = []
    count = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: counts.append(float(keep.average.updates))
    )
    model.fit(np.ones((3, 1), "float32"), y, batch_size=1, shuffle=False, verbose=0, callbacks=[keep, count])
    assert counts == [1.0, 1.0, 2.0]
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_averaging_does_not_disturb_training():
    def losses(*callbacks):
        model = build(keras.optimizers.Adam(0.01))
        keras.utils.set_random_seed(5)
        x, y = data()
        options = {"batch_size": 4, "epochs": 3, "verbose": 0, "callbacks": list(callbacks)}
        return model.fit(x, y, validation_data=(x, y), **options).history["loss"]

    assert losses(BestWeights(ema_decay=0.9)) == losses()


def test_swapping_twice_is_bitwise_nothing():
    model = build("sgd")
    average = WeightAverage(model, 0.9)
    for weight in model.weights:
        weight.assign(weight + 0.1)
    before = [np.array(weight) for weight in model.get_weights()]
    average.swap(True)
    assert any((a != b).any() for a, b in zip(model.get_weights(), before, strict=True))
    average.swap(True)
    average.swap(False)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)


def test_state_round_trip():
    model = build("sgd")
    average = WeightAverage(model, 0.9)
    model.weights[0].assign(model.weights[0] + 1.0)
    average.update(model.optimizer, -1)
    average.swap(True)
    state = average.get_state()
    copy_model = build("sgd")
    copy = WeightAverage(copy_model, 0.9)
    copy.set_state(state)
    assert float(copy.updates) == 1.0
    average.swap(False)
    for a, b in zip([*model.weights, *average.other], [*copy_model.weights, *copy.other], strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_update_count_looks_through_wrappers():
    accumulating = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)
    assert int(update_count(accumulating)) == 0
    accumulating._iterations.assign(5)
    assert int(update_count(accumulating)) == 2
    assert int(update_count(keras.optimizers.LossScaleOptimizer(accumulating))) == 2
    assert int(update_count(keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(accumulating)))) == 2
