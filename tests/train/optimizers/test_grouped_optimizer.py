import re

import keras
import numpy as np
import pytest

from atolye.layers import ConvBlock
from atolye.train.callbacks import LearningRateLogger, update_count
from atolye.train.optimizers import Muon, grouped_optimizer
from atolye.train.optimizers.grouped_optimizer import scaled_optimizer
from atolye.train.schedules import OneCycle

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(8, 6, 6, 2)).astype("float32"), RANDOM.normal(size=(8, 3)).astype("float32")
BETA = {".*/beta": 64}


def build(policy="float32"):
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy(policy)
    try:
        pool = keras.layers.GlobalAveragePooling2D()
        head = keras.layers.Dense(3, dtype="float32", name="head")
        inputs = keras.Input((6, 6, 2))
        return keras.Model(inputs, head(pool(ConvBlock(4, name="block")(inputs))))
    finally:
        keras.config.set_dtype_policy("float32")


def sgd(learning_rate=0.1, **options):
    return keras.optimizers.SGD(learning_rate, name="sgd", **options)


def changes(model, optimizer, steps=1):
    """Return by path how far each trainable weight goes in some steps."""
    before = {weight.path: np.array(weight) for weight in model.trainable_weights}
    model.compile(optimizer, "mse", run_eagerly=True)
    for _ in range(steps):
        model.train_on_batch(X, Y)
    return {weight.path: np.array(weight) - before[weight.path] for weight in model.trainable_weights}


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_group_goes_so_many_times_further(policy):
    plain = changes(build(policy), sgd(0.001))
    model = build(policy)
    grouped = changes(model, grouped_optimizer(model, sgd(0.001), BETA))
    assert [path for path in plain if path.endswith("beta")] == ["block/norm/beta"]
    for path, change in plain.items():
        factor = 64 if path.endswith("beta") else 1
        # Only the weights' own rounding tells them apart.
        np.testing.assert_allclose(grouped[path], factor * change, rtol=1e-3, atol=3e-7, err_msg=path)
        assert np.abs(change).max() > 0


def test_a_schedule_is_multiplied_at_every_update_and_logged():
    schedule = OneCycle(1.0, 4, warmup_fraction=0.5, initial_divisor=4.0, anneal="linear")
    model = build()
    rising = sgd(schedule, momentum=0.9, nesterov=True)
    model.compile(grouped_optimizer(model, rising, BETA), "mse")
    slow, fast = model.optimizer.optimizers[1], model.optimizer.optimizers[0]
    assert (fast.name, fast.momentum, fast.nesterov) == ("sgd_x64", 0.9, True)
    history = model.fit(X, Y, batch_size=4, epochs=2, verbose=0, callbacks=[LearningRateLogger()]).history
    np.testing.assert_allclose(history["learning_rate_sgd_x64"], 64 * np.array(history["learning_rate_sgd"]), rtol=1e-6)
    assert history["learning_rate_sgd"][0] == 1.0 and int(fast.iterations) == int(slow.iterations) == 4
    assert int(update_count(model.optimizer)) == 4


def test_a_saved_model_trains_on_with_every_part(tmp_path):
    model = build()
    parts = BETA | {"head/.*": keras.optimizers.Adam(0.01, name="adam")}
    optimizer = grouped_optimizer(model, sgd(OneCycle(0.1, 8), momentum=0.9), parts)
    model.compile(optimizer, "mse")
    model.fit(X, Y, batch_size=4, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [part.name for part in again.optimizer.optimizers] == ["sgd_x64", "adam", "sgd"]
    for each in (model, again):
        each.fit(X, Y, batch_size=4, shuffle=False, verbose=0)
    assert int(again.optimizer.optimizers[0].iterations) == 4
    for ours, theirs in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_groups_may_have_optimizers_of_their_own():
    model = build()
    muon = Muon(0.2, rms_rate=None, weight_decay=None)
    moved = changes(model, grouped_optimizer(model, sgd(), BETA | {".*/conv/kernel": muon}))
    matrix = moved["block/conv/kernel"].reshape(-1, 4)
    values = np.linalg.svd(matrix, compute_uv=False) / 0.2
    assert (0.5 < values).all() and (values < 1.5).all()


def test_factors_alike_get_names_of_their_own():
    model = build()
    optimizer = grouped_optimizer(model, sgd(), {".*/beta": 2, ".*/gamma": 2.0})
    assert [part.name for part in optimizer.optimizers] == ["sgd_x2", "sgd_x2_2", "sgd"]


def test_all_settings_but_the_rate_are_kept():
    scaled = scaled_optimizer(keras.optimizers.AdamW(0.5, weight_decay=0.1, clipnorm=2.0, beta_1=0.8), 0.25)
    assert (float(scaled.learning_rate), scaled.weight_decay, scaled.clipnorm, scaled.beta_1) == (0.125, 0.1, 2.0, 0.8)


@pytest.mark.parametrize(
    ("optimizer", "groups", "message"),
    [
        ("sgd", {"head/kernle": 2}, "matches none of the 5 trainable weights; .* Did you mean 'head/kernel'?"),
        ("sgd", {"beta": 2}, "^Received the group 'beta', which matches none of the 5"),
        ("sgd", {".*/beta": 2, "block/.*": 3}, "which both match the weight 'block/norm/beta'; expected one group"),
        ("sgd", {"*beta": 2}, re.escape("Received the group '*beta', which is no regular expression")),
        ("sgd", {".*/beta": 0}, "^Received the factor 0; expected a number above 0, or an optimizer"),
        ("sgd", {".*/beta": "fast"}, "^Received the factor 'fast'; expected a number above 0"),
        ("function", {".*/beta": 2}, "as its learning rate; expected a number or a schedule"),
        ("scaled", {".*/beta": 2}, "^Received a LossScaleOptimizer; expected an optimizer that is no wrapper"),
        ("built", {".*/beta": 2}, "which belongs to a model already; expected a new one"),
    ],
)
def test_refuses(optimizer, groups, message):
    model = build()
    make = {
        "sgd": sgd,
        "function": lambda: sgd(lambda: 0.1),
        "scaled": lambda: keras.optimizers.LossScaleOptimizer(sgd()),
        "built": sgd,
    }
    given = make[optimizer]()
    if optimizer == "built":
        given.build(model.trainable_variables)
    with pytest.raises(ValueError, match=message):
        grouped_optimizer(model, given, groups)


def test_a_model_without_weights_is_refused():
    with pytest.raises(ValueError, match="which is not built; expected one with weights"):
        grouped_optimizer(keras.Sequential([keras.layers.Dense(1)]), sgd(), BETA)
