"""Metrics that Keras lacks."""

from atolye.train.metrics.f_beta import FBeta
from atolye.train.metrics.soft_binary_accuracy import soft_binary_accuracy

__all__ = ["FBeta", "soft_binary_accuracy"]
