"""Fit a recipe's model to a dataset, in memory: what `train` does between loading the data and writing the run."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from atolye.data import Dataset, Split, TableEncoder, batches
from atolye.train.build import build_model, class_weights, compile_model
from atolye.train.precision import choose_precision
from atolye.train.recipe import Recipe

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Fitted:
    """A trained model and how it came about.

    Args:
        model: float32 model with the best weights; images in [0, 255] or encoded rows in, probabilities or values out.
        history: one row an epoch.
        best_epoch: the epoch, from 1, whose weights the model has.
        precision: arithmetic used in training, `"float32"` or `"bfloat16"`, and why.
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
    import keras

    encoder = TableEncoder().fit(dataset.train.inputs, dataset.columns) if dataset.kind == "table" else None
    scale = _TargetScale.of(dataset)
    precision = choose_precision(recipe.precision, kind=dataset.kind)
    train_split, validation_split = (
        scale.encode(encode(part, encoder)) for part in (dataset.train, dataset.validation)
    )
    input_shape = tuple(train_split.inputs.shape[1:])

    keras.utils.set_random_seed(recipe.seed)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision.policy)
    try:
        model = build_model(recipe, dataset, input_shape)
        compile_model(model, recipe, dataset)
    finally:
        keras.config.set_dtype_policy(policy)
    balanced = class_weights(dataset.train, dataset.num_classes) if recipe.class_weight == "balanced" else None
    history, best_epoch = _run_epochs(
        model, recipe, (train_split, validation_split), balanced, callbacks or [], title=title, state_path=state_path
    )
    # Probabilities must not depend on how many examples share a batch, and the file must serve machines
    # without bfloat16: the same weights go on in float32.
    final = scale.decode(_as_float32(model, recipe, dataset, input_shape))
    compile_model(final, recipe, dataset)
    return Fitted(final, history, best_epoch, precision.to_dict(), encoder)


def encode(split: Split, encoder: TableEncoder | None) -> Split:
    """Return the split with the numbers that the model takes: encoded rows for a table, unchanged for images."""
    if encoder is None:
        return split
    return Split(encoder.transform(split.inputs), split.targets, split.ids, split.masks)


def _run_epochs(
    model: "keras.Model",
    recipe: Recipe,
    splits: tuple[Split, Split],
    class_weight: dict[int, float] | None,
    callbacks: list[Any],
    *,
    title: str,
    state_path: Path | None,
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
    from atolye.train.progress import RichProgress

    train_split, validation_split = splits
    keep = BestWeights("val_loss", patience=recipe.patience, min_delta=recipe.min_delta, ema_decay=recipe.ema_decay)
    budget = {"budget": TimeBudget(recipe.budget_seconds)} if recipe.budget_seconds else {}
    states = [TrainingState(state_path, keep=keep, **budget)] if state_path else []
    first, rows = states[0].restore(model) if states else (0, [])
    if rows and states[0].stopped:
        recipe = recipe.replace(epochs=first)  # nothing is left to run; fit only puts the best weights back
    progress = RichProgress(title)
    looking = [LearningRateLogger(), EpochSeconds(), StopOnNaN()]
    try:
        history = model.fit(
            batches(train_split, recipe.batch_size, shuffle=True, seed=recipe.seed, first_epoch=first),
            validation_data=batches(validation_split, 256),
            initial_epoch=first,
            epochs=recipe.epochs,
            class_weight=class_weight,
            shuffle=False,  # the batches come in an order of their own
            callbacks=[*looking, keep, *budget.values(), *callbacks, progress, *states],
            verbose=0,
        )
    finally:
        progress.close()
    frame = pd.concat([pd.DataFrame(rows), pd.DataFrame(history.history)], ignore_index=True)
    frame.insert(0, "epoch", np.arange(1, len(frame) + 1))
    return frame, (len(frame) - 1 if keep.best_epoch is None else keep.best_epoch) + 1


def _as_float32(model: "keras.Model", recipe: Recipe, dataset: Dataset, input_shape: tuple[int, ...]) -> "keras.Model":
    twin = build_model(recipe, dataset, input_shape)
    twin.set_weights(model.get_weights())
    return twin


@dataclass(frozen=True)
class _TargetScale:
    """Regression targets with mean 0 and deviation 1 for training; the saved model answers in the data's unit."""

    mean: float = 0.0
    deviation: float = 1.0

    @classmethod
    def of(cls, dataset: Dataset) -> "_TargetScale":
        if dataset.task != "regression":
            return cls()
        targets = np.asarray(dataset.train.targets, np.float64)
        return cls(float(targets.mean()), float(targets.std()) or 1.0)

    def encode(self, split: Split) -> Split:
        if self == _TargetScale():
            return split
        scaled = ((split.targets - self.mean) / self.deviation).astype("float32")
        return Split(split.inputs, scaled, split.ids, split.masks)

    def decode(self, model: "keras.Model") -> "keras.Model":
        if self == _TargetScale():
            return model
        import keras

        unit = keras.layers.Rescaling(self.deviation, self.mean, name="target_unit")
        return keras.Model(model.inputs, unit(model.outputs[0]), name=model.name)


def seconds_since(start: float) -> float:
    """Seconds of wall-clock time since `start` (from `time.perf_counter`), to the millisecond."""
    return round(time.perf_counter() - start, 3)
