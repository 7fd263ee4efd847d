"""Why a model answered so, and how sure it is: maps and numbers from a trained model and its inputs."""

from atolye.explain.feature_maps import FeatureMaps, Filters, feature_maps, filters
from atolye.explain.permutation_shapley import permutation_shapley
from atolye.explain.shapley import explain_table
from atolye.explain.table_explanation import TableExplanation
from atolye.explain.uncertainty import Uncertainty, predict_with_uncertainty

__all__ = [
    "FeatureMaps",
    "Filters",
    "TableExplanation",
    "Uncertainty",
    "explain_table",
    "feature_maps",
    "filters",
    "permutation_shapley",
    "predict_with_uncertainty",
]
