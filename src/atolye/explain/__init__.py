"""Why a model answered so, and how sure it is: maps and numbers from a trained model and its inputs."""

from atolye.explain.permutation_shapley import permutation_shapley
from atolye.explain.shapley import explain_table
from atolye.explain.table_explanation import TableExplanation
from atolye.explain.uncertainty import Uncertainty, predict_with_uncertainty

__all__ = [
    "TableExplanation",
    "Uncertainty",
    "explain_table",
    "permutation_shapley",
    "predict_with_uncertainty",
]
