"""Fit a recipe's model to a dataset, in memory: what `train` does between loading the data and writing the run."""

import time
from dataclasses import dataclass
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


def fit(recipe: Recipe, dataset: Dataset, *, callbacks: list[Any] | None = None, title: str = "training") -> Fitted:
    """Train the recipe's model and return it with the weights of its best epoch.

    Args:
        recipe: the settings.
        dataset: what to learn from; only its train and validation splits are read.
        callbacks: more Keras callbacks.
        title: words before the progress bar.

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
    history, best_epoch = _run_epochs(model, recipe, dataset, train_split, validation_split, callbacks or [], title)
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
    dataset: Dataset,
    train_split: Split,
    validation_split: Split,
    callbacks: list[Any],
    title: str,
) -> tuple[pd.DataFrame, int]:
    from atolye.train.callbacks import BestWeights, EpochSeconds, LearningRateLogger, StopOnNaN, TimeBudget
    from atolye.train.progress import RichProgress

    best = BestWeights(monitor="val_loss", mode="min", patience=recipe.patience, min_delta=recipe.min_delta)
    progress = RichProgress(title)
    budget = [TimeBudget(recipe.budget_seconds)] if recipe.budget_seconds else []
    try:
        history = model.fit(
            batches(train_split, recipe.batch_size, shuffle=True, seed=recipe.seed),
            validation_data=batches(validation_split, 256),
            epochs=recipe.epochs,
            class_weight=class_weights(dataset.train, dataset.num_classes)
            if recipe.class_weight == "balanced"
            else None,
            callbacks=[
                LearningRateLogger(),
                EpochSeconds(),
                StopOnNaN(),
                best,
                *budget,
                *callbacks,
                progress,
            ],
            verbose=0,
        )
    finally:
        progress.close()
    frame = pd.DataFrame(history.history)
    frame.insert(0, "epoch", np.arange(1, len(frame) + 1))
    return frame, best.best_epoch


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
