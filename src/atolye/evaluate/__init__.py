"""Predictions to numbers: scores, confusion, curves, calibration, mistakes, intervals. No Keras."""

from atolye.evaluate.calibration import Calibration, calibration
from atolye.evaluate.confusion import confusion, most_confused
from atolye.evaluate.curves import Curve, precision_recall, roc
from atolye.evaluate.intervals import accuracy_interval, bootstrap_interval, wilson_interval
from atolye.evaluate.metrics import metrics, regression_metrics
from atolye.evaluate.mistakes import largest_errors, most_confident_mistakes
from atolye.evaluate.paired import PairedComparison, compare_paired
from atolye.evaluate.per_class import per_class

__all__ = [
    "Calibration",
    "Curve",
    "PairedComparison",
    "accuracy_interval",
    "bootstrap_interval",
    "calibration",
    "compare_paired",
    "confusion",
    "largest_errors",
    "metrics",
    "most_confident_mistakes",
    "most_confused",
    "per_class",
    "precision_recall",
    "regression_metrics",
    "roc",
    "wilson_interval",
]
