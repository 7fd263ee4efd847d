"""Fine-tune in memory, stage by stage: what `fine_tune` does between loading the data and writing the run."""

import logging
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from atolye.data import Dataset
from atolye.doctor import stage_rates_too_close
from atolye.models.backbone import backbone_name
from atolye.train.begun_precision import begun_precision
from atolye.train.build import loss_for, metric_for
from atolye.train.checks import check_value_range
from atolye.train.dtype_policy import dtype_policy
from atolye.train.fine_tune_recipe import FineTuneRecipe
from atolye.train.fit import Fitted
from atolye.train.precision import choose_precision
from atolye.train.run_epochs import EpochPlan, run_epochs
from atolye.transfer.blocks import find_blocks
from atolye.transfer.prepare_stage import augmentation, prepare_stage
from atolye.transfer.stages import Stage, stages
from atolye.transfer.strategy import apply_strategy
from atolye.transfer.transfer_model import TransferModel, transfer_model

SMALLEST_SIDE = 96  # pixels to which smaller arrays are enlarged where the recipe does not say
HEAD_BUDGET = 0.3  # of a time budget, for a stage that is followed by another
VALIDATION_BATCH = 64  # a pretrained network's maps of more images would take gigabytes

_LOG = logging.getLogger(__name__)


def fit_stages(
    recipe: FineTuneRecipe,
    dataset: Dataset,
    *,
    callbacks: Sequence[Any] = (),
    title: str = "fine-tuning",
    state_path: Path | None = None,
) -> Fitted:
    """Fine-tune as the recipe says and return the model with the weights of the best epoch of all stages.

    Args:
        recipe: the settings.
        dataset: what to learn from; only its train and validation splits are read.
        callbacks: more Keras callbacks, for each stage.
        title: words before the progress bars.
        state_path: `.npz` file; beside it the state of each stage goes after each epoch, as `NAME-1.npz`, `NAME-2.npz`,
            and from there a killed training goes on; with precision `"auto"` in the arithmetic that it was begun in.

    Returns:
        The model in float32, and a history with a column `stage` whose epochs count on.

    Raises:
        ValueError: when recipe and data do not fit; before the first epoch.
        NonFiniteLossError: when the loss becomes NaN or infinite.
    """
    check_labelled_images(dataset)
    if dataset.value_range is None and recipe.augment is None:
        recipe = recipe.replace(augment="none")
    begun = begun_precision(recipe.precision, _state_of(state_path, 1))
    precision = begun or choose_precision(recipe.precision, kind="image")
    keras.utils.set_random_seed(recipe.seed)
    with dtype_policy(precision.policy):
        built = _build(recipe, dataset)
    plan = stages(recipe, len(find_blocks(built.backbone)), len(dataset.train))
    for stage in plan:
        augmentation(recipe, dataset, stage)  # what does not fit is told before the first epoch
    finding = stage_rates_too_close([stage.learning_rate for stage in plan])
    if finding is not None:
        _LOG.warning("%s", finding.message)

    histories: list[pd.DataFrame] = []
    best_epoch, lowest, weights = 0, np.inf, built.model.get_weights()
    spent = 0.0
    for number, stage in enumerate(plan, start=1):
        before, start = sum(map(len, histories)), time.monotonic()
        flips = " (mirrored, too; for digits, text and signs: --set augment_flip=false)" if recipe.augment_flip else ""
        _LOG.info("%s%s", stage.describe(), flips if stage.augment != "none" else "")
        prepared = prepare_stage(recipe, dataset, built, stage, precision)
        spent += time.monotonic() - start
        history, best = run_epochs(
            prepared,
            _epoch_plan(recipe, stage, before, spent, last=number == len(plan)),
            callbacks=list(callbacks),
            title=f"{title}: {stage.name}" if len(plan) > 1 else title,
            state_path=_state_of(state_path, number),
        )
        spent += float(history["seconds"].sum())
        history.insert(1, "stage", stage.name)
        histories.append(history.assign(epoch=history["epoch"] + before))
        reached = float(history["val_loss"].iloc[best - 1])
        if reached < lowest:
            best_epoch, lowest, weights = before + best, reached, built.model.get_weights()
    model = _float32_twin(recipe, dataset, plan[-1], weights)
    history = pd.concat(histories, ignore_index=True)
    return Fitted(
        model,
        history,
        best_epoch,
        precision.to_dict(),
        None,
        backbone_name(recipe.backbone),
        tuple(asdict(stage) for stage in plan),
    )


def _state_of(path: Path | None, stage: int) -> Path | None:
    return path and path.with_stem(f"{path.stem}-{stage}")


def check_labelled_images(dataset: Dataset) -> None:
    """Raise a ValueError unless there are images of each class to learn from, in the range that they say."""
    if dataset.kind != "image" or dataset.task != "classification":
        raise ValueError(
            f"fine-tuning needs labelled images; received the {dataset.kind} {dataset.name!r} ({dataset.task}). For "
            "tables there is atolye train."
        )
    absent = [name for name, count in dataset.class_counts()["train"].items() if not count]
    if absent:
        raise ValueError(
            f"{len(absent)} of {dataset.num_classes} classes have no training image: {', '.join(absent[:5])}. Add "
            "images of them, leave them out, or train on more (max_examples)."
        )
    if dataset.value_range is not None:
        check_value_range(dataset.train.inputs, dataset.value_range)


def _build(recipe: FineTuneRecipe, dataset: Dataset) -> TransferModel:
    return transfer_model(
        recipe.backbone,
        dataset.input_shape,
        dataset.num_classes,
        side=recipe.image_size or max(SMALLEST_SIDE, min(dataset.input_shape[:2])),
        weights=None if recipe.weights == "random" else recipe.weights,
        dropout=recipe.dropout,
    )


def _epoch_plan(recipe: FineTuneRecipe, stage: Stage, before: int, spent: float, *, last: bool) -> EpochPlan:
    budget = recipe.budget_seconds
    if budget is not None:
        left = max(1.0, budget - spent)  # an epoch that has begun is judged, however short
        budget = left if last else HEAD_BUDGET * left
    return EpochPlan(
        stage.epochs,
        stage.batch_size,
        recipe.seed,
        recipe.patience,
        recipe.min_delta,
        budget_seconds=budget,
        epochs_before=before,
        validation_batch_size=VALIDATION_BATCH,
    )


def _float32_twin(recipe: FineTuneRecipe, dataset: Dataset, stage: Stage, weights: list[Any]) -> keras.Model:
    """Return the trained model as it is kept: in float32, its layers in no other model."""
    with dtype_policy("float32"):
        twin = _build(recipe, dataset)
    twin.model.set_weights(weights)
    apply_strategy(twin.backbone, stage.strategy, blocks=stage.blocks, batch_norm=stage.batch_norm)
    # SGD keeps nothing for each weight: the file does not grow threefold.
    twin.model.compile(
        optimizer=keras.optimizers.SGD(stage.learning_rate),
        loss=loss_for(dataset, label_smoothing=stage.label_smoothing),
        metrics=[metric_for(dataset)],
        jit_compile=keras.backend.backend() == "jax",
    )
    return twin.model
