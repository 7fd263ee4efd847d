import keras
import numpy as np
import pytest
import tensorflow as tf

from atolye.train.callbacks import BestWeights
from atolye.train.loop_tensorflow import train_loop

# Keras wonders about its own default, shuffle=True, when fit gets a dataset.
pytestmark = pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning")


def arrays(rows=60):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(rows, 5)).astype("float32")
    return x, (x[:, 0] + 0.3 * rng.normal(size=rows) > 0).astype("int64"), rng.uniform(0.5, 2, rows).astype("float32")


def shuffled(*parts, batch_size=8):
    return tf.data.Dataset.from_tensor_slices(parts).shuffle(64, seed=2).batch(batch_size)


def build(optimizer, *, policy=None, metrics=("accuracy",)):
    keras.utils.set_random_seed(6)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(12, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-2), dtype=policy),
            keras.layers.BatchNormalization(momentum=0.9, dtype=policy),
            keras.layers.Dropout(0.3, dtype=policy),
            keras.layers.Dense(2, activation="softmax", dtype="float32"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


def assert_same(fitted, looped, fit_history=None, loop_history=None):
    for a, b in zip(fitted.get_weights(), looped.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)
    if fit_history is not None:
        assert sorted(fit_history.history) == sorted(loop_history.history)
        for name, values in fit_history.history.items():
            assert loop_history.history[name] == pytest.approx(values, abs=1e-6), name


def test_same_weights_and_history_as_fit_after_three_epochs():
    x, y, weights = arrays()
    schedule = keras.optimizers.schedules.CosineDecay(0.05, 20)
    fitted, looped = (build(keras.optimizers.AdamW(schedule)) for _ in range(2))
    validation = shuffled(x[:20], y[:20])
    fit_history = fitted.fit(shuffled(x, y, weights), validation_data=validation, epochs=3, verbose=0)
    loop_history = train_loop(looped, shuffled(x, y, weights), validation, epochs=3)
    assert_same(fitted, looped, fit_history, loop_history)
    assert fitted.optimizer.iterations == looped.optimizer.iterations == 24


def test_class_weights():
    x, y, _ = arrays()
    fitted, looped = (build(keras.optimizers.SGD(0.1)) for _ in range(2))
    fitted.fit(shuffled(x, y), epochs=2, class_weight={0: 3.0, 1: 0.5}, verbose=0)
    train_loop(looped, shuffled(x, y), epochs=2, class_weight={0: 3.0, 1: 0.5})
    assert_same(fitted, looped)


def test_clipping_is_that_of_the_optimizer():
    x, y, _ = arrays()
    fitted = build(keras.optimizers.SGD(0.5, momentum=0.9, global_clipnorm=0.1))
    looped, free = (build(keras.optimizers.SGD(0.5, momentum=0.9)) for _ in range(2))
    fitted.fit(shuffled(x, y), epochs=1, verbose=0)
    history = train_loop(looped, shuffled(x, y), epochs=1, global_clip_norm=0.1, track_gradient_norm=True)
    assert_same(fitted, looped)
    assert history.history["gradient_norm"][0] > 0.1  # logged before clipping
    train_loop(free, shuffled(x, y), epochs=1)
    assert np.abs(free.get_weights()[0] - looped.get_weights()[0]).max() > 1e-2


def test_accumulation_is_that_of_the_optimizer_across_epochs():
    x, y, _ = arrays()  # 8 batches an epoch: updates fall inside and between epochs
    fitted = build(keras.optimizers.SGD(0.1, momentum=0.9, gradient_accumulation_steps=3))
    looped = build(keras.optimizers.SGD(0.1, momentum=0.9))
    fitted.fit(shuffled(x, y), epochs=2, verbose=0)
    train_loop(looped, shuffled(x, y), epochs=2, accumulation_steps=3)
    assert_same(fitted, looped)
    assert int(looped.optimizer.iterations) == 5


def test_float16_with_loss_scaling():
    x, y, _ = arrays()
    fitted, looped = (
        build(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1)), policy="mixed_float16") for _ in range(2)
    )
    fitted.fit(shuffled(x, y), epochs=2, verbose=0)
    train_loop(looped, shuffled(x, y), epochs=2)
    assert_same(fitted, looped)


def test_float16_policy_scales_the_loss_by_itself():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((5,))
    outputs = keras.layers.Dense(2, activation="softmax", dtype="float32")(inputs)
    model = keras.Model(inputs, outputs)
    model.dtype_policy = keras.DTypePolicy("mixed_float16")
    x, y, _ = arrays()
    train_loop(model, shuffled(x, y), optimizer="sgd", loss="sparse_categorical_crossentropy")
    assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert int(model.optimizer.iterations) == 8


def test_several_outputs_with_loss_weights():
    x, y, _ = arrays()

    def build_two():
        keras.utils.set_random_seed(1)
        inputs = keras.Input((5,))
        hidden = keras.layers.Dense(8, activation="relu")(inputs)
        main = keras.layers.Dense(1, activation="sigmoid", name="main")(hidden)
        return keras.Model(inputs, [main, keras.layers.Dense(2, activation="softmax", name="aux")(hidden)])

    settings = {
        "loss": {"main": "binary_crossentropy", "aux": "sparse_categorical_crossentropy"},
        "loss_weights": {"main": 1.0, "aux": 0.3},
        "metrics": {"main": ["accuracy"], "aux": ["accuracy"]},
    }
    targets = {"main": y[:, None].astype("float32"), "aux": y}
    validation = tf.data.Dataset.from_tensor_slices((x, targets)).batch(20)
    fitted, looped = build_two(), build_two()
    fitted.compile(keras.optimizers.Adam(0.01), **settings)
    fit_history = fitted.fit(shuffled(x, targets), validation_data=validation, epochs=2, verbose=0)
    data = shuffled(x, targets)
    loop_history = train_loop(looped, data, validation, optimizer=keras.optimizers.Adam(0.01), epochs=2, **settings)
    assert_same(fitted, looped, fit_history, loop_history)
    with pytest.raises(ValueError, match="class_weight needs a model with one output; received 2"):
        train_loop(looped, data, class_weight={0: 2.0})


class Hooks(keras.callbacks.Callback):
    """Writes down each call, and stops in a set batch."""

    def __init__(self, stop_at=None):
        super().__init__()
        self.calls = []
        self.stop_at = stop_at
        for name in dir(keras.callbacks.Callback):
            if name.startswith("on_"):
                setattr(self, name, self._record(name))

    def _record(self, name):
        def hook(*args, logs=None):
            first = args[0] if args and isinstance(args[0], int) else None
            self.calls.append((name, first, sorted(logs or (args[-1] if args and isinstance(args[-1], dict) else {}))))
            if (name, first) == self.stop_at:
                self.model.stop_training = True

        return hook


@pytest.mark.parametrize("stop_at", [None, ("on_train_batch_end", 3)])
def test_hooks_come_in_the_order_of_fit(stop_at):
    x, y, _ = arrays()
    seen = [Hooks(stop_at), Hooks(stop_at)]
    validation = shuffled(x[:10], y[:10])
    build("sgd").fit(shuffled(x, y), validation_data=validation, epochs=2, verbose=0, callbacks=[seen[0]])
    train_loop(build("sgd"), shuffled(x, y), validation, epochs=2, callbacks=[seen[1]])
    assert seen[0].calls == seen[1].calls


def test_best_weights_with_an_average(tmp_path):
    x, y, _ = arrays()
    validation = tf.data.Dataset.from_tensor_slices((x[40:], y[40:])).batch(8)
    results = []
    for run in ("fit", "loop"):
        model = build(keras.optimizers.Adam(0.05))
        keep = BestWeights("val_loss", ema_decay=0.9, filepath=tmp_path / f"{run}.keras")
        data = shuffled(x[:40], y[:40])
        if run == "fit":
            history = model.fit(data, validation_data=validation, epochs=5, verbose=0, callbacks=[keep])
        else:
            history = train_loop(model, data, validation, epochs=5, callbacks=[keep])
        loaded = keras.models.load_model(tmp_path / f"{run}.keras")
        assert keep.best == min(history.history["val_loss"])
        assert model.evaluate(validation, verbose=0)[0] == keep.best == loaded.evaluate(validation, verbose=0)[0]
        results.append(model)
    assert_same(*results)


def test_images_of_unknown_size():
    images, labels = np.random.default_rng(0).random((8, 6, 6, 1), "float32"), np.arange(8) % 2
    spec = (tf.TensorSpec((None, None, None, 1)), tf.TensorSpec((None,), tf.int64))
    data = tf.data.Dataset.from_generator(lambda: iter([(images, labels)]), output_signature=spec)
    data = data.apply(tf.data.experimental.assert_cardinality(1))

    def weights(train):
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Conv2D(2, 3), keras.layers.MaxPooling2D(4), keras.layers.GlobalMaxPooling2D()]
        model = keras.Sequential([keras.Input((None, None, 1)), *layers, keras.layers.Dense(2, activation="softmax")])
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        train(model)
        return model.get_weights()

    ours, theirs = weights(lambda model: train_loop(model, data)), weights(lambda model: model.fit(data, verbose=0))
    for mine, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5)


def test_bad_input_before_the_first_batch():
    x, y, _ = arrays()
    data = shuffled(x, y)
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    uncompiled = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    for model, given, options, message in [
        (unbuilt, data, {"optimizer": "sgd", "loss": "mse"}, "the model is not built"),
        (uncompiled, data, {}, "the model is not compiled"),
        (build("sgd"), (x, y), {}, r"must be a tf.data.Dataset of batches; received tuple\. Use"),
        (build("sgd"), data, {"accumulation_steps": 0}, "accumulation_steps must be at least 1; received 0"),
        (build("sgd"), data, {"clip_norm": -1.0}, "clip_norm must be above 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            train_loop(model, given, **options)
