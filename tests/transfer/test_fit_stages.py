"""A fine-tuning in memory: the same cached and uncached, interrupted and whole, and the best of all its stages."""

from dataclasses import replace

import keras
import numpy as np
import pandas as pd
import pytest

from atolye.data import load_dataset
from atolye.train import FineTuneRecipe
from atolye.transfer import fit_stages as module
from atolye.transfer.fit_stages import check_labelled_images, fit_stages

RECIPE = FineTuneRecipe(
    data="colours",
    strategy="two_stage",
    blocks=1,
    head_epochs=2,
    head_learning_rate=0.05,
    epochs=3,
    learning_rate=0.005,
    batch_size=12,
    precision="float32",
    patience=50,
)


class InterruptAt(keras.callbacks.Callback):
    """Stop as Ctrl-C does when the given number of epochs has begun, or at the end of the first stage."""

    def __init__(self, *, epoch: int = 0, stage_end: bool = False) -> None:
        super().__init__()
        self.left, self.stage_end = epoch, stage_end

    def on_epoch_begin(self, epoch, logs=None):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt

    def on_train_end(self, logs=None):
        if self.stage_end:
            raise KeyboardInterrupt


@pytest.fixture(scope="module", autouse=True)
def _small(tiny_model):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_build", lambda recipe, dataset: tiny_model())
        yield


@pytest.fixture(scope="module")
def whole(colours):
    return fit_stages(RECIPE, colours)


def same(one, other, *, tolerance: float = 0.0) -> None:
    """Compare two fine-tunings, all but their durations."""
    histories = [fitted.history.drop(columns="seconds") for fitted in (one, other)]
    pd.testing.assert_frame_equal(*histories, check_exact=not tolerance, atol=tolerance, rtol=0)
    assert one.best_epoch == other.best_epoch
    for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


def test_stages_follow_one_another_and_the_best_epoch_of_all_is_kept(whole, colours):
    history = whole.history
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5]
    assert history["stage"].tolist() == ["head"] * 2 + ["top"] * 3
    assert whole.best_epoch == int(history["val_loss"].idxmin()) + 1
    loss, _ = whole.model.evaluate(colours.validation.inputs, colours.validation.targets, verbose=0)
    assert loss == pytest.approx(history["val_loss"].min(), abs=1e-3)  # the cache keeps float16
    trained = {layer.name for layer in whole.model.layers if layer.trainable_weights}
    assert trained == {"block2_conv", "probabilities"}
    assert whole.name == "efficientnet-lite0"


def test_uncached_the_numbers_are_the_same(whole, colours):
    same(fit_stages(RECIPE.replace(cache=False), colours), whole, tolerance=1e-3)


@pytest.mark.parametrize("moment", [{"epoch": 2}, {"stage_end": True}, {"epoch": 4}], ids=["one", "between", "two"])
def test_interrupted_in_any_stage_it_ends_with_the_same_numbers(moment, whole, colours, tmp_path):
    state = tmp_path / ".state.npz"
    with pytest.raises(KeyboardInterrupt):
        fit_stages(RECIPE, colours, callbacks=[InterruptAt(**moment)], state_path=state)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        f".state-{number}.npz" for number in range(1, 3 if moment.get("epoch") == 4 else 2)
    ]
    keras.utils.set_random_seed(99)  # nothing of the process that was killed is left
    same(fit_stages(RECIPE, colours, state_path=state), whole)


def test_it_goes_on_in_the_arithmetic_that_it_was_begun_in(colours, tmp_path, monkeypatch):
    """In the second stage too; on another machine `auto` may choose another one."""
    recipe, state = RECIPE.replace(precision="auto"), tmp_path / ".state.npz"
    monkeypatch.setattr("atolye.train.precision._remembered", lambda measure: 1.0)
    with pytest.raises(KeyboardInterrupt):
        fit_stages(recipe, colours, callbacks=[InterruptAt(epoch=4)], state_path=state)
    monkeypatch.setattr("atolye.train.precision._remembered", lambda measure: 2.0)
    again = fit_stages(recipe, colours, state_path=state)
    assert (again.precision["policy"], again.precision["reason"]) == ("float32", "as the training was begun")


def test_a_stage_that_only_spoils_is_taken_back(colours, caplog):
    spoiling = RECIPE.replace(learning_rate=10.0, epochs=1, optimizer="sgd")
    fitted = fit_stages(spoiling, colours)
    assert fitted.history["val_loss"].iloc[2] > fitted.history["val_loss"].iloc[:2].min()
    assert fitted.history["stage"].iloc[fitted.best_epoch - 1] == "head"
    loss, _ = fitted.model.evaluate(colours.validation.inputs, colours.validation.targets, verbose=0)
    assert loss == pytest.approx(fitted.history["val_loss"].min(), abs=1e-3)
    ours = [record for record in caplog.records if record.name.startswith("atolye")]
    assert [record.message for record in ours if record.levelname == "WARNING"] == [
        "Received learning_rate=10 for the last stage, 0.005 times under head_learning_rate=0.05; large steps "
        "overwrite what the network brought with it (catastrophic forgetting). Take learning_rate=0.005 or less."
    ]


def test_a_budget_leaves_time_for_the_last_stage(colours):
    recipe = RECIPE.replace(budget_seconds=0.001, head_epochs=50, epochs=50)
    fitted = fit_stages(recipe, colours)
    assert fitted.history["stage"].unique().tolist() == ["head", "top"]
    assert len(fitted.history) < 100


def test_images_of_no_known_range_are_not_changed_unless_asked(colours):
    unknown = replace(colours, value_range=None)
    with pytest.raises(ValueError, match="augment='light' needs images with a value range"):
        fit_stages(RECIPE.replace(augment="light"), unknown)
    assert fit_stages(RECIPE.replace(head_epochs=1, epochs=1), unknown).stages[1]["augment"] == "none"


def test_images_of_each_class_are_needed(colours):
    check_labelled_images(colours)
    part = colours.train
    without = replace(colours, train=part.take(np.flatnonzero(part.targets != 1)))
    with pytest.raises(ValueError, match="1 of 3 classes have no training image: green. Add images of them, leave"):
        check_labelled_images(without)
    with pytest.raises(ValueError, match="needs labelled images; received the table 'breast_cancer'"):
        check_labelled_images(load_dataset("breast_cancer"))
