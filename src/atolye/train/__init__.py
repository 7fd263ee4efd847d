"""Fitting: recipe -> fit, the GradientTape loop, schedules, LR finder, callbacks, optimizers, precision, resume."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from atolye.train.evaluate_run import evaluate_run
from atolye.train.find_recipe_lr import find_recipe_lr
from atolye.train.fine_tune_recipe import FineTuneRecipe
from atolye.train.recipe import Recipe
from atolye.train.train import default_name, load_recipe_data, train

if TYPE_CHECKING:
    from atolye.train.checks import check_training
    from atolye.train.lr_finder import find_lr

__all__ = [
    "FineTuneRecipe",
    "Recipe",
    "check_training",
    "default_name",
    "evaluate_run",
    "find_lr",
    "find_recipe_lr",
    "load_recipe_data",
    "train",
]

# These import Keras, so they are imported when they are first used: a wrong recipe is told at once.
_LATE = {"check_training": "atolye.train.checks", "find_lr": "atolye.train.lr_finder"}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'atolye.train' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
