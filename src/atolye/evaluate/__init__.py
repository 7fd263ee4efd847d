"""Predictions to numbers: scores, confusion, curves, calibration, mistakes, intervals. No Keras."""

from atolye.evaluate.calibration import Calibration, calibration
from atolye.evaluate.confusion import confusion, most_confused
from atolye.evaluate.curves import Curve, precision_recall, roc
from atolye.evaluate.intervals import accuracy_interval, bootstrap_interval, wilson_interval
from atolye.evaluate.label_errors import likely_label_errors
from atolye.evaluate.metrics import metrics, regression_metrics
from atolye.evaluate.mistakes import largest_errors, least_confident_hits, most_confident_mistakes
from atolye.evaluate.paired import PairedComparison, compare_paired
from atolye.evaluate.per_class import per_class
from atolye.evaluate.temperature import brier_score, fit_temperature, tempered_probabilities

__all__ = [
    "Calibration",
    "Curve",
    "PairedComparison",
    "accuracy_interval",
    "bootstrap_interval",
    "brier_score",
    "calibration",
    "compare_paired",
    "confusion",
    "fit_temperature",
    "largest_errors",
    "least_confident_hits",
    "likely_label_errors",
    "metrics",
    "most_confident_mistakes",
    "most_confused",
    "per_class",
    "precision_recall",
    "regression_metrics",
    "roc",
    "tempered_probabilities",
    "wilson_interval",
]
