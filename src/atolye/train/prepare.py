"""What a training starts from: encoded splits, and a seeded, compiled model in the arithmetic of this machine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from atolye.data import Dataset, Split, TableEncoder
from atolye.data.pipeline import Augment
from atolye.train.augmentation import mixable, training_augmentation
from atolye.train.build import build_model, class_weights, compile_model
from atolye.train.precision import Precision, choose_precision
from atolye.train.recipe import Recipe
from atolye.train.target_scale import TargetScale

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Prepared:
    """A recipe and its data, ready for the first update.

    Args:
        model: compiled model with its initial weights.
        train: encoded training examples, not augmented.
        validation: encoded validation examples.
        input_shape: shape of one model input.
        encoder: fitted table encoder, None for images.
        scale: how regression targets were scaled.
        precision: the arithmetic and why.
        class_weight: weights of the classes in the loss, None when all count alike.
        augment: what `batches` does to the training images, and to no others; None: nothing.
    """

    model: "keras.Model"
    train: Split
    validation: Split
    input_shape: tuple[int, ...]
    encoder: TableEncoder | None
    scale: TargetScale
    precision: Precision
    class_weight: dict[int, float] | None
    augment: Augment | None = None


def prepare(recipe: Recipe, dataset: Dataset, *, precision: Precision | None = None) -> Prepared:
    """Encode the data by its training split, choose the arithmetic, seed, build and compile.

    Args:
        recipe: the settings.
        dataset: what to learn from.
        precision: the arithmetic, where it is not the recipe's to say; see `begun_precision`.

    Raises:
        ValueError: when recipe and data do not fit.
    """
    import keras

    from atolye.train.adapt_layers import adapt_layers
    from atolye.train.dtype_policy import dtype_policy
    from atolye.train.same_start import same_weights

    _check_classes(recipe, dataset)
    rows = dataset.train.inputs
    encoder = TableEncoder().fit(rows, dataset.columns or {}) if isinstance(rows, pd.DataFrame) else None
    scale = TargetScale.of(dataset)
    augment = training_augmentation(recipe, dataset)
    train, validation = (
        mixable(scale.encode(encode(part, encoder)), recipe, dataset) for part in (dataset.train, dataset.validation)
    )
    input_shape = tuple(int(size) for size in train.inputs.shape[1:])
    precision = precision or choose_precision(recipe.precision, kind=dataset.kind)
    keras.utils.set_random_seed(recipe.seed)
    with dtype_policy(precision.policy):
        model = build_model(recipe, dataset, input_shape)
        if recipe.progressive_sizes:
            smallest = min(recipe.progressive_sizes.values())
            build_model(recipe, dataset, (smallest, smallest, *input_shape[2:]))  # says where images get too small
            model = build_model(recipe, dataset, (None, None, *input_shape[2:]))
        same_weights(model, recipe.seed)  # recipes that differ in dropout start from the same weights
        adapt_layers(model, train.inputs)
        compile_model(model, recipe, dataset)
    balanced = class_weights(dataset.train, dataset.num_classes) if recipe.class_weight == "balanced" else None
    return Prepared(model, train, validation, input_shape, encoder, scale, precision, balanced, augment)


def _check_classes(recipe: Recipe, dataset: Dataset) -> None:
    """Refuse settings that are about classes where there are none: they would be passed over without a word."""
    if dataset.task == "classification":
        return
    for key, value, none in (
        ("class_weight", recipe.class_weight, "none"),
        ("label_smoothing", recipe.label_smoothing, 0.0),
    ):
        if value != none:
            raise ValueError(
                f"{key}={value!r} is for classes; received the regression {dataset.name!r}. Set it to {none!r}."
            )


def encode(split: Split, encoder: TableEncoder | None) -> Split:
    """Return the split with the numbers that the model takes: encoded rows for a table, unchanged for images."""
    if encoder is None or not isinstance(split.inputs, pd.DataFrame):
        return split
    return Split(encoder.transform(split.inputs), split.targets, split.ids, split.masks)
