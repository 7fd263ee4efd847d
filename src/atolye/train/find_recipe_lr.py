"""The range test on a recipe: load its data, build its model, try the learning rates."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from atolye.data import Dataset
from atolye.train.prepare import prepare
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
        ValueError: when recipe and data do not fit, a number is out of its range, or the optimizer is `"muon"`.

    Example:
        found = find_recipe_lr(Recipe(data="mnist_small"))
        print(found.recommended)
    """
    if recipe.optimizer == "muon":
        raise ValueError(
            "finding a rate takes an optimizer with one of its own; received optimizer='muon', whose parts have each "
            "theirs. Start from 0.24, the share of a kernel that an update exchanges, or take 'adam', 'adamw' or 'sgd'."
        )
    from atolye.train.lr_finder import find_lr

    dataset = dataset or load_recipe_data(recipe, progress=progress)
    prepared = prepare(recipe, dataset)
    return find_lr(
        prepared.model,
        prepared.train.inputs,
        prepared.train.targets,
        class_weight=prepared.class_weight,
        min_lr=min_lr,
        max_lr=max_lr,
        steps=steps,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
    )
