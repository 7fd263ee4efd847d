"""Fit a recipe's model to a dataset, in memory: what `train` does between loading the data and writing the run."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atolye.data import Dataset, TableEncoder, batches
from atolye.train.build import build_model, compile_model
from atolye.train.prepare import Prepared, prepare
from atolye.train.recipe import Recipe

if TYPE_CHECKING:
    import keras

DIAGNOSIS_EXAMPLES = 256  # on which a loss that is no number any more is traced to its layer


@dataclass(frozen=True)
class Fitted:
    """A trained model and how it came about.

    Args:
        model: float32 model with the best weights; images in [0, 255] or encoded rows in, probabilities or values out.
        history: one row an epoch.
        best_epoch: the epoch, from 1, whose weights the model has.
        precision: arithmetic used in training, and why.
        encoder: fitted table encoder, None for images.
    """

    model: "keras.Model"
    history: pd.DataFrame
    best_epoch: int
    precision: dict[str, Any]
    encoder: TableEncoder | None


def fit(
    recipe: Recipe,
    dataset: Dataset,
    *,
    callbacks: list[Any] | None = None,
    title: str = "training",
    state_path: Path | None = None,
) -> Fitted:
    """Train the recipe's model and return it with the weights of its best epoch.

    Args:
        recipe: the settings.
        dataset: what to learn from; only its train and validation splits are read.
        callbacks: more Keras callbacks.
        title: words before the progress bar.
        state_path: `.npz` file to which the state goes after each epoch, and from which a killed training goes on.

    Raises:
        ValueError: when recipe and data do not fit; before the first epoch.
        NonFiniteLossError: when the loss becomes NaN or infinite.
    """
    from atolye.train.checks import check_value_range

    if dataset.kind == "image" and dataset.value_range is not None:
        check_value_range(dataset.train.inputs, dataset.value_range)
    prepared = prepare(recipe, dataset)
    history, best_epoch = _run_epochs(prepared, recipe, callbacks or [], title, state_path)
    # Probabilities must not depend on how many examples share a batch, and the file must serve machines
    # without bfloat16: the same weights go on in float32.
    twin = build_model(recipe, dataset, prepared.input_shape)
    twin.set_weights(prepared.model.get_weights())
    final = prepared.scale.decode(twin)
    compile_model(final, recipe.replace(mix="none"), dataset)  # whoever evaluates the file has class ids
    return Fitted(final, history, best_epoch, prepared.precision.to_dict(), prepared.encoder)


def _run_epochs(
    prepared: Prepared, recipe: Recipe, callbacks: list[Any], title: str, state_path: Path | None
) -> tuple[pd.DataFrame, int]:
    """Run the epochs that are left; return the whole history and the best epoch, from 1."""
    from atolye.train.callbacks import (
        BestWeights,
        EpochSeconds,
        LearningRateLogger,
        StopOnNaN,
        TimeBudget,
        TrainingState,
    )
    from atolye.train.checks import check_training
    from atolye.train.create_variables import create_variables
    from atolye.train.progress import RichProgress

    model = prepared.model
    keep = BestWeights("val_loss", patience=recipe.patience, min_delta=recipe.min_delta, ema_decay=recipe.ema_decay)
    check_training(model, [keep, *callbacks], validation=True, targets=prepared.train.targets)
    budget = {"budget": TimeBudget(recipe.budget_seconds)} if recipe.budget_seconds else {}
    create_variables(model, prepared.train.inputs[:1], prepared.train.targets[:1])
    states = [TrainingState(state_path, keep=keep, **budget)] if state_path else []
    first, rows = states[0].restore(model) if states else (0, [])
    # Where a callback had ended the training, nothing is left to run; fit only puts the best weights back.
    epochs = first if rows and states[0].stopped else recipe.epochs
    progress = RichProgress(title)
    looking = [LearningRateLogger(), EpochSeconds(), StopOnNaN(np.asarray(prepared.train.inputs[:DIAGNOSIS_EXAMPLES]))]
    try:
        history = model.fit(
            batches(
                prepared.train,
                recipe.batch_size,
                shuffle=True,
                seed=recipe.seed,
                first_epoch=first,
                augment=prepared.augment,
            ),
            validation_data=batches(prepared.validation, 256),
            initial_epoch=first,
            epochs=epochs,
            class_weight=prepared.class_weight,
            shuffle=False,  # the batches come in an order of their own
            callbacks=[*looking, keep, *budget.values(), *callbacks, progress, *states],
            verbose=0,
        )
    finally:
        progress.close()
    frame = pd.concat([pd.DataFrame(rows), pd.DataFrame(history.history)], ignore_index=True)
    frame.insert(0, "epoch", np.arange(1, len(frame) + 1))
    return frame, (len(frame) - 1 if keep.best_epoch is None else keep.best_epoch) + 1
