"""Fitting: recipe -> fit, the GradientTape loop, schedules, LR finder, callbacks, optimizers, precision, resume."""

from atolye.train.recipe import Recipe

__all__ = ["Recipe"]
