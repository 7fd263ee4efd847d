"""A run folder around any fitting."""

import keras
import pandas as pd
import pytest

from atolye.data import load_dataset
from atolye.train.data_recipe import DataRecipe
from atolye.train.fit import Fitted
from atolye.train.record_run import record_run

RECIPE = DataRecipe(data="digits")


def fitted() -> Fitted:
    keras.utils.set_random_seed(0)
    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(layers)
    model.compile(loss="sparse_categorical_crossentropy")
    row = {"epoch": 1, "stage": "only", "loss": 2.0, "val_loss": 2.0, "learning_rate": 0.1, "seconds": 0.5}
    return Fitted(model, pd.DataFrame([row]), 1, {"policy": "float32"}, None, "linear")


def record(tmp_path, fit, **changes):
    data = load_dataset("digits")
    return record_run(RECIPE.replace(**changes), "one", runs_dir=tmp_path, load=lambda: data, fit=fit, seed=3)


def test_what_a_fit_leaves_beside_its_state_is_there_again_and_gone_at_the_end(tmp_path):
    def interrupted(data, state):
        state.with_name(".state-2.npz").write_text("kept")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(tmp_path, interrupted)

    def going_on(data, state):
        assert state.with_name(".state-2.npz").read_text() == "kept"
        return fitted()

    run = record(tmp_path, going_on)
    assert not [path.name for path in run.path.iterdir() if path.name.startswith(".")]
    assert run.history["stage"].tolist() == ["only"]
    assert (run.info["model"]["name"], run.info["seed"], run.info["seconds"]["train"]) == ("linear", 3, 0.5)


def test_another_recipe_under_the_same_name_starts_from_nothing(tmp_path):
    def interrupted(data, state):
        state.write_text("kept")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        record(tmp_path, interrupted)

    def looking(data, state):
        raise ValueError(f"state there: {state.exists()}")

    with pytest.raises(ValueError, match="state there: False"):
        record(tmp_path, looking, split_seed=1)
