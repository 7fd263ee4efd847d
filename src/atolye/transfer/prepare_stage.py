"""What a stage of a fine-tuning starts from: what trains, compiled, and the examples that it takes."""

import logging
from typing import Any

import keras

from atolye.augment import policy
from atolye.data import Dataset, Split
from atolye.train.build import class_weights, loss_for, metric_for
from atolye.train.fine_tune_recipe import FineTuneRecipe
from atolye.train.precision import Precision
from atolye.train.prepare import Prepared
from atolye.train.progress_bar import progress_bar
from atolye.train.target_scale import TargetScale
from atolye.transfer.blocks import find_blocks
from atolye.transfer.cut import cut
from atolye.transfer.feature_cache import cache_bytes, cache_features
from atolye.transfer.fold_batch_norm import fold_batch_norm
from atolye.transfer.fold_frozen_norms import fold_frozen_norms
from atolye.transfer.inference_mode import InferenceMode
from atolye.transfer.layer_rates import layer_rates, make_optimizer
from atolye.transfer.pick_view import PickView
from atolye.transfer.stages import Stage
from atolye.transfer.strategy import apply_strategy
from atolye.transfer.transfer_model import POOL, TransferModel

_LOG = logging.getLogger(__name__)


def prepare_stage(
    recipe: FineTuneRecipe, dataset: Dataset, built: TransferModel, stage: Stage, precision: Precision
) -> Prepared:
    """Freeze what does not train, compile what does, and put what the frozen part gives in the images' place.

    The model that is returned holds the layers of `built`, so that training it trains that; normalizations that stay
    as they are take no time of their own (`fold_frozen_norms`). With `recipe.cache` it is only the part behind the
    frozen one, and its examples are features; else it is the whole, with the frozen part in inference mode, so that
    both ways compute the same.

    Args:
        recipe: all settings.
        dataset: images.
        built: the whole model.
        stage: what trains.
        precision: the arithmetic, for the record.

    Raises:
        ValueError: when the stage does not fit the backbone.
        OSError: when the features cannot be written; before they are computed.
    """
    apply_strategy(built.backbone, stage.strategy, blocks=stage.blocks, batch_norm=stage.batch_norm)
    model, train, validation = built.model, dataset.train, dataset.validation
    augment: Any = augmentation(recipe, dataset, stage)
    place = _end_of_frozen(built, stage)
    if place is None:
        model = fold_frozen_norms(model)
    else:
        prefix, suffix = cut(built.model, place)
        suffix = fold_frozen_norms(suffix)
        if recipe.cache:
            model = suffix
            train, validation = _features(prefix, recipe, train, validation, augment, stage)
            augment = None if augment is None else PickView()
        else:
            inputs = keras.Input(dataset.input_shape, name="image")
            model = keras.Model(inputs, suffix(InferenceMode(prefix)(inputs)), name=built.model.name)
    updates = stage.epochs * -(-len(train) // stage.batch_size)
    model.compile(
        optimizer=_optimizer(recipe, built, stage, updates),
        loss=loss_for(dataset, label_smoothing=stage.label_smoothing),
        metrics=[metric_for(dataset)],
        jit_compile=keras.backend.backend() == "jax",  # on TensorFlow XLA's convolutions are 2 to 7 times slower
    )
    balanced = class_weights(train, dataset.num_classes) if recipe.class_weight == "balanced" else None
    shape = tuple(int(size) for size in model.input_shape[1:])
    return Prepared(model, train, validation, shape, None, TargetScale(), precision, balanced, augment)


def augmentation(recipe: FineTuneRecipe, dataset: Dataset, stage: Stage) -> Any:
    """Return what changes the images of a stage; None where nothing does."""
    if stage.augment == "none":
        return None
    if dataset.value_range is None:
        raise ValueError(f"augment={stage.augment!r} needs images with a value range; {dataset.name!r} has none.")
    return policy(stage.augment, dataset.input_shape, value_range=dataset.value_range, flip=recipe.augment_flip)


def _end_of_frozen(built: TransferModel, stage: Stage) -> str | None:
    """Return the name of the last layer that does not train; None where all do."""
    if stage.strategy == "feature_extraction":
        return POOL
    if stage.strategy == "full":
        return None
    return find_blocks(built.backbone)[-(stage.blocks or 0) - 1].layers[-1].name


def _features(
    prefix: keras.Model, recipe: FineTuneRecipe, train: Split, validation: Split, augment: Any, stage: Stage
) -> tuple[Split, Split]:
    prefix = fold_batch_norm(prefix)
    views = recipe.views if augment is not None else 1
    size = cache_bytes(prefix, len(train), views=views) + cache_bytes(prefix, len(validation))
    _LOG.info(
        "Stage %s: what is frozen is computed once for %d images%s and kept on disk, %s (--no-cache: in every epoch)",
        stage.name,
        len(train) + len(validation),
        f", {views} changed copies of each to train on" if augment is not None else "",
        f"{size / 1e6:,.1f} MB",
    )
    # float16: float32 would take twice the room, and features differ by less than what an update moves.
    with progress_bar("frozen part, training images") as progress:
        train = cache_features(prefix, train, augment=augment, views=views, seed=recipe.seed, progress=progress)
    with progress_bar("frozen part, validation images") as progress:
        validation = cache_features(prefix, validation, progress=progress)
    return train, validation


def _optimizer(recipe: FineTuneRecipe, built: TransferModel, stage: Stage, updates: int) -> keras.optimizers.Optimizer:
    if stage.layer_decay == 1.0:
        return make_optimizer(recipe.optimizer, stage.learning_rate, updates, warmup=recipe.warmup)
    return layer_rates(
        built.backbone,
        recipe.optimizer,
        stage.learning_rate,
        updates,
        layer_decay=stage.layer_decay,
        warmup=recipe.warmup,
    )
