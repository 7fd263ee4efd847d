"""The range test on a recipe: load its data, build its model, try the learning rates."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from atolye.data import Dataset, TableEncoder
from atolye.train.build import build_model, class_weights, compile_model
from atolye.train.fit import _TargetScale, encode
from atolye.train.precision import choose_precision
from atolye.train.recipe import Recipe
from atolye.train.train import load_recipe_data

if TYPE_CHECKING:
    from atolye.train.learning_rate_range import LearningRateRange


def find_recipe_lr(
    recipe: Recipe,
    *,
    dataset: Dataset | None = None,
    min_lr: float = 1e-7,
    max_lr: float = 1.0,
    steps: int = 100,
    progress: Callable[[int, int], None] | None = None,
) -> "LearningRateRange":
    """Return which learning rates work for a recipe: the same data, model, loss, optimizer and arithmetic as `train`.

    Use it to choose `learning_rate` before `train`; with a model of your own use `find_lr`.

    Args:
        recipe: all settings; its own learning rate and schedule do not matter.
        dataset: your own data, when `recipe.data` is only its name.
        min_lr: the first rate, above 0.
        max_lr: the last rate, above the first.
        steps: updates, and rates tried, at least 10.
        progress: called with `(done, total)` while files are read.

    Returns:
        Rates, losses, suggestions and a verdict.

    Raises:
        ValueError: when recipe and data do not fit, or a number is out of its range.

    Example:
        found = find_recipe_lr(Recipe(data="mnist_small"))
        print(found.recommended)
    """
    import keras

    from atolye.train.lr_finder import find_lr

    dataset = dataset or load_recipe_data(recipe, progress=progress)
    rows, columns = dataset.train.inputs, dataset.columns or {}
    encoder = TableEncoder().fit(rows, columns) if isinstance(rows, pd.DataFrame) else None
    split = _TargetScale.of(dataset).encode(encode(dataset.train, encoder))
    keras.utils.set_random_seed(recipe.seed)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(choose_precision(recipe.precision, kind=dataset.kind).policy)
    try:
        model = build_model(recipe, dataset, tuple(split.inputs.shape[1:]))
        compile_model(model, recipe, dataset)
    finally:
        keras.config.set_dtype_policy(policy)
    balanced = class_weights(dataset.train, dataset.num_classes) if recipe.class_weight == "balanced" else None
    return find_lr(
        model,
        split.inputs,
        split.targets,
        class_weight=balanced,
        min_lr=min_lr,
        max_lr=max_lr,
        steps=steps,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
    )
