"""Metrics that Keras lacks."""

from atolye.train.metrics.f_beta import FBeta

__all__ = ["FBeta"]
