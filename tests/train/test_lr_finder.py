"""The range test leaves no trace, answers the same twice, and works on every kind of model."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from atolye.train.lr_finder import find_lr
from atolye.train.schedules import OneCycle, PerUpdate

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(256, 6)).astype("float32")
LABELS = (X[:, 0] + X[:, 1] > 0).astype("int64") + (X[:, 2] > 1)
CROSSENTROPY = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def build(optimizer=None, *, compiled=True, frozen=False, **options):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(16, activation="relu")
    x = keras.layers.BatchNormalization()(hidden(keras.layers.GaussianNoise(0.1)(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Dropout(0.2)(x)))
    hidden.trainable = not frozen
    if compiled:
        model.compile(optimizer or keras.optimizers.Adam(0.01), CROSSENTROPY, metrics=["accuracy"], **options)
    return model


def fit(model):
    """Train in the way whose result depends on every random state: shuffled, with dropout."""
    model.fit(X, LABELS, batch_size=32, epochs=2, verbose=0)


def state(model):
    """Return all variables; those of the metrics last, since they are made at the first batch."""
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [np.array(variable) for variable in variables]


def assert_equal(left, right):
    for number, (ours, theirs) in enumerate(zip(left, right, strict=True)):
        np.testing.assert_array_equal(ours, theirs, err_msg=f"variable {number}")


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(0.01),
    "schedule_accumulation_average": lambda: keras.optimizers.SGD(
        PerUpdate(OneCycle(0.1, 8), 2), momentum=0.9, gradient_accumulation_steps=2, global_clipnorm=1.0, use_ema=True
    ),
    "loss_scale": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.01)),
}


@pytest.mark.parametrize(
    ("optimizer", "trained"),
    [("adam", False), ("schedule_accumulation_average", True), ("loss_scale", True)],
)
def test_leaves_no_trace(optimizer, trained):
    """Twice the same answer; nothing on the model changes; and the next training is bitwise what it was."""
    expected, model = (build(OPTIMIZERS[optimizer]()) for _ in range(2))
    keras.utils.set_random_seed(1)
    if trained:
        fit(expected)
    fit(expected)

    keras.utils.set_random_seed(1)
    if trained:
        fit(model)
    before = state(model)
    config, step = model.get_compile_config(), model.train_function
    first, second = (find_lr(model, X, LABELS, steps=40) for _ in range(2))
    np.testing.assert_array_equal(first.losses, second.losses)
    assert first.suggestions == second.suggestions
    assert len(first.losses) >= 10
    assert_equal(state(model)[: len(before)], before)
    assert model.get_compile_config() == config
    assert model.train_function is step
    fit(model)
    assert_equal(state(model), state(expected))


def test_finds_a_rate_that_trains():
    model = build(keras.optimizers.SGD(1e-7))
    result = find_lr(model, X, LABELS, steps=100)
    assert result.verdict == "ok"
    model.optimizer.learning_rate = result.recommended
    before = model.evaluate(X, LABELS, verbose=0)[0]
    model.fit(X, LABELS, batch_size=32, epochs=8, verbose=0)
    assert model.evaluate(X, LABELS, verbose=0)[0] < 0.8 * before


def test_cannot_tell_from_labels_without_a_pattern():
    x = np.zeros((64, 6), "float32")
    result = find_lr(build(keras.optimizers.SGD(0.1)), x, np.tile([0, 1, 2, 0], 16), max_lr=1e-3)
    assert result.verdict == "cannot tell"
    assert result.recommended is None


def test_stops_when_the_loss_blows_up():
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    result = find_lr(model, 100 * X, X[:, :1], steps=60)
    assert result.diverged
    assert len(result.losses) < 60
    assert np.isfinite(result.losses).all()
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_each_rate_gets_one_whole_update():
    """With all examples in each batch, accumulation over 2 equal batches changes nothing."""
    curves = []
    for accumulation in (None, 2):
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, kernel_initializer="zeros")])
        model.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=accumulation), "mse")
        curves.append(find_lr(model, X, X[:, :1], steps=20, batch_size=256, max_lr=0.1).losses)
    np.testing.assert_allclose(curves[0], curves[1], rtol=1e-4)


def test_many_inputs_and_outputs():
    keras.utils.set_random_seed(0)
    left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
    merged = keras.layers.Concatenate()([left, right])
    outputs = {"main": keras.layers.Dense(3, name="main")(merged), "aux": keras.layers.Dense(1, name="aux")(merged)}
    model = keras.Model({"left": left, "right": right}, outputs)
    model.compile("adam", {"main": CROSSENTROPY, "aux": "mse"}, {"main": 1.0, "aux": 0.5}, metrics={"aux": ["mae"]})
    x = {"left": X[:, :3], "right": X[:, 3:]}
    before = model.get_weights()
    result = find_lr(model, x, {"main": LABELS, "aux": X[:, :1]}, max_lr=10.0)
    assert result.verdict == "ok"
    for weight, value in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_frozen_layers_stay():
    model = build(frozen=True)
    before = state(model)
    find_lr(model, X, LABELS, steps=20)
    assert_equal(state(model)[: len(before)], before)


@pytest.mark.parametrize("options", [{"steps_per_execution": 4}, {"run_eagerly": True}])
def test_compile_options(options):
    model = build(**options)
    assert len(find_lr(model, X, LABELS, steps=12).losses) == 12
    assert model.steps_per_execution == options.get("steps_per_execution", 1)


@pytest.mark.parametrize("weights", [{"class_weight": {0: 1.0, 1: 0.0, 2: 0.0}}, {"sample_weight": LABELS == 0}])
def test_weights_count(weights):
    """Where only class 0 counts, the first loss is that of its examples over all weights."""
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])
    model.compile("sgd", CROSSENTROPY)
    weights = {name: value * 1.0 if name == "sample_weight" else value for name, value in weights.items()}
    result = find_lr(model, X, LABELS, steps=10, batch_size=256, max_lr=1e-6, **weights)
    log_probabilities = np.asarray(keras.ops.log_softmax(model(X)))
    assert result.losses[0] == pytest.approx(-log_probabilities[LABELS == 0, 0].sum() / len(X), rel=1e-4)


def batches():
    for start in range(0, 256, 64):
        yield X[start : start + 64], LABELS[start : start + 64]


class Folder(keras.utils.PyDataset):
    """The same batches by number."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return list(batches())[index]


def test_takes_batches():
    import tensorflow as tf

    sources = [tf.data.Dataset.from_tensor_slices((X, LABELS)).batch(64), Folder()]
    curves = [find_lr(build(), source, steps=12).losses for source in sources]
    np.testing.assert_array_equal(curves[0], curves[1])
    assert len(curves[0]) == 12
    assert find_lr(build(), batches(), steps=12).reason.startswith("only 4 losses")


@pytest.mark.parametrize(
    ("make", "options", "text"),
    [
        (build, {"min_lr": 0.0}, r"Received min_lr=0.0 and max_lr=1.0; expected 0 < min < max"),
        (build, {"steps": 9}, r"Received steps=9; expected at least 10"),
        (build, {"batch_size": 0}, r"Received batch_size=0"),
        (build, {"beta": 1.0}, r"Received beta=1.0"),
        (build, {"divergence": 1.0}, r"Received divergence=1.0"),
        (build, {"sample_weight": X[:, 0], "class_weight": {0: 1.0}}, r"expected one of them"),
        (build, {"sample_weight": X[:9, 0]}, r"Received arrays of \[9, 256\] examples"),
        (lambda: build(compiled=False), {}, r"uncompiled; expected a compiled one. Call compile\(\) first."),
    ],
)
def test_refuses(make, options, text):
    with pytest.raises(ValueError, match=text):
        find_lr(make(), X, LABELS, **options)


def test_refuses_a_model_without_weights():
    model = keras.Sequential([keras.layers.Dense(3)])
    model.compile("sgd", CROSSENTROPY)
    with pytest.raises(ValueError, match=r"without weights; expected a built one"):
        find_lr(model, X, LABELS)


def test_refuses_a_frozen_model():
    model = build(compiled=False)
    model.trainable = False
    model.compile("sgd", CROSSENTROPY)
    with pytest.raises(ValueError, match=r"with all layers frozen; expected something to train"):
        find_lr(model, X, LABELS)


def test_refuses_several_learning_rates():
    groups = keras.optimizers.OptimizerMap(keras.optimizers.SGD(0.1), {"dense.*": keras.optimizers.SGD(0.01)})
    model = build(keras.optimizers.MultiOptimizer(groups))
    with pytest.raises(ValueError, match=r"a MultiOptimizer, which has several learning rates; expected one"):
        find_lr(model, X, LABELS)


JAX = """
import sys
import keras, numpy as np
from atolye.train.lr_finder import find_lr

def train(find):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(8, "relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input((6,)), *layers, keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(128, 6)).astype("float32")
    if find:
        assert len(find_lr(model, x, x[:, :1], steps=10).losses) == 10
    model.fit(x, x[:, :1], epochs=2, verbose=0)
    return model.get_weights()

assert all((ours == theirs).all() for ours, theirs in zip(train(False), train(True)))
"""


def test_leaves_no_trace_on_jax():
    environment = os.environ | {"KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run([sys.executable, "-c", JAX], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1000:]
