"""Fitting: recipe -> fit, the GradientTape loop, schedules, LR finder, callbacks, optimizers, precision, resume."""

from atolye.train.evaluate_run import evaluate_run
from atolye.train.recipe import Recipe
from atolye.train.train import default_name, load_recipe_data, train

__all__ = ["Recipe", "default_name", "evaluate_run", "load_recipe_data", "train"]
