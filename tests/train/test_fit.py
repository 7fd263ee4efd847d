"""Fitting in memory: best weights, float32 out, regression units."""

import keras
import numpy as np
import pytest

from atolye.data import Dataset, Split
from atolye.layers.whitening import whitening_weights
from atolye.train import Recipe
from atolye.train.fit import fit
from atolye.train.prepare import prepare


@pytest.fixture
def striped():
    """Images whose class is the bright half: a task that a small CNN learns in a few updates."""
    random = np.random.default_rng(0)
    targets = random.integers(0, 2, 160)
    images = random.integers(0, 60, (160, 8, 8, 1)).astype("uint8")
    images[targets == 1, :4] += 150
    ids = np.arange(160).astype(str)
    parts = [Split(images[rows], targets[rows], ids[rows]) for rows in np.split(np.arange(160), [96, 128])]
    return Dataset("striped", "image", "classification", *parts, ("low", "high"), (0.0, 255.0), "by hand")


def test_the_model_that_is_returned_is_the_best_epochs_in_float32(striped):
    recipe = Recipe(data="striped", widths=[4, 8], epochs=6, batch_size=16, precision="bfloat16", learning_rate=0.01)
    fitted = fit(recipe, striped)
    assert fitted.precision["policy"] == "mixed_bfloat16"
    assert all(layer.compute_dtype == "float32" for layer in fitted.model.layers)
    assert keras.config.dtype_policy().name == "float32"  # nothing global is left changed
    loss, accuracy = fitted.model.evaluate(striped.validation.inputs, striped.validation.targets, verbose=0)
    row = fitted.history.iloc[fitted.best_epoch - 1]
    assert row["val_loss"] == fitted.history["val_loss"].min()
    assert loss == pytest.approx(row["val_loss"], abs=0.02)  # bfloat16 keeps 8 bits: 0.4 % of a loss near 1
    assert accuracy >= row["val_accuracy"] - 0.05


def test_early_stopping_ends_a_training_that_gets_no_better(striped):
    recipe = Recipe(data="striped", widths=[4], epochs=50, batch_size=96, precision="float32", patience=1, min_delta=10)
    fitted = fit(recipe, striped)
    assert len(fitted.history) == 2
    assert fitted.best_epoch == 1


def test_a_monitor_that_will_not_exist_is_refused_before_the_first_epoch(striped):
    recipe = Recipe(data="striped", widths=[4], epochs=1, precision="float32")
    with pytest.raises(ValueError, match="val_acc"):
        fit(recipe, striped, callbacks=[keras.callbacks.EarlyStopping("val_acc")])


@pytest.mark.parametrize(
    ("key", "value", "none"), [("class_weight", "balanced", "none"), ("label_smoothing", 0.2, 0.0)]
)
def test_settings_for_classes_are_refused_where_there_are_none(key, value, none):
    numbers = np.random.default_rng(0).normal(size=(60, 4, 4, 1))
    parts = [Split(part, part.sum(axis=(1, 2, 3)), np.arange(20).astype(str)) for part in np.split(numbers, 3)]
    data = Dataset("prices", "image", "regression", *parts, (), None, "by hand")
    with pytest.raises(ValueError) as raised:
        fit(Recipe(data="prices", epochs=1, precision="float32", **{key: value}), data)
    told = f"{key}={value!r} is for classes; received the regression 'prices'. Set it to {none!r}."
    assert str(raised.value) == told


def test_the_records_parts_work_together(striped):
    """Whitening, images that grow, Muon and slow weights, as the records have them."""
    settings = {"model": "whitened_cnn", "widths": [8, 8], "optimizer": "muon", "lookahead": True}
    settings |= {
        "schedule": "linear",
        "learning_rate": 0.1,
        "progressive_sizes": {0: 12, 2: 16},
        "label_smoothing": 0.2,
    }
    recipe = Recipe(data="striped", epochs=4, batch_size=16, precision="float32", **settings)
    large = [
        Split(np.repeat(np.repeat(part.inputs, 2, axis=1), 2, axis=2), part.targets, part.ids)
        for part in (striped.train, striped.validation, striped.test)
    ]
    data = Dataset("striped", "image", "classification", *large, ("low", "high"), (0.0, 255.0), "by hand")
    started = prepare(recipe, data).model
    assert started.input_shape == (None, None, None, 1)
    np.testing.assert_array_equal(np.array(started.get_layer("stage_1_2_conv").kernel)[1, 1], np.eye(8))
    fitted = fit(recipe, data)
    assert fitted.model.input_shape == (None, 16, 16, 1)
    kernel = np.array(fitted.model.get_layer("whitening").kernel)
    np.testing.assert_array_equal(kernel, whitening_weights(data.train.inputs)[0])
    assert fitted.history["val_accuracy"].max() > 0.9
    assert {"learning_rate_muon", "learning_rate_head", "learning_rate_shifts"} <= set(fitted.history)


def test_a_training_goes_on_in_the_arithmetic_that_it_was_begun_in(striped, tmp_path, monkeypatch):
    """On another machine `auto` may choose another one."""
    recipe = Recipe(data="striped", widths=[4], epochs=3, batch_size=48)
    state = tmp_path / "state.npz"

    class Interrupted(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr("atolye.train.precision._remembered", lambda measure: 2.0)
    whole = fit(recipe, striped)
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, striped, callbacks=[Interrupted()], state_path=state)
    monkeypatch.setattr("atolye.train.precision._remembered", lambda measure: 1.0)
    again = fit(recipe, striped, state_path=state)
    assert again.precision["policy"] == whole.precision["policy"] == "mixed_bfloat16"
    assert again.precision["reason"] == "as the training was begun"
    assert again.history["val_loss"].tolist() == whole.history["val_loss"].tolist()
    assert fit(recipe, striped).precision["policy"] == "float32"
    state.write_bytes(b"damaged")
    with pytest.raises(ValueError, match="is damaged"):
        fit(recipe, striped, state_path=state)


@pytest.mark.parametrize(
    ("model", "batch_size", "dropped"), [("whitened_cnn", 64, True), ("whitened_cnn", 97, False), ("cnn", 64, False)]
)
def test_normalizations_that_follow_each_batch_see_no_small_last_one(striped, monkeypatch, model, batch_size, dropped):
    plans = []

    def stop(prepared, plan, **options):
        plans.append(plan)
        raise KeyboardInterrupt

    monkeypatch.setattr("atolye.train.fit.run_epochs", stop)
    recipe = Recipe(data="striped", model=model, widths=[4], batch_size=batch_size, precision="float32")
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, striped)
    assert plans[0].drop_remainder is dropped  # 96 examples
