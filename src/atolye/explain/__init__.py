"""Why a model answered so, and how sure it is: maps and numbers from a trained model and its inputs."""

from atolye.explain.calibrate import Calibrated, calibrate
from atolye.explain.explain_images import METHODS, explain_images
from atolye.explain.explanation import Explanation
from atolye.explain.feature_maps import FeatureMaps, Filters, feature_maps, filters
from atolye.explain.methods import (
    eigen_cam,
    grad_cam,
    grad_cam_plus_plus,
    gradient_x_input,
    hires_cam,
    integrated_gradients,
    layer_cam,
    occlusion,
    rise,
    score_cam,
    smooth_grad,
    xgrad_cam,
)
from atolye.explain.permutation_shapley import permutation_shapley
from atolye.explain.quality import (
    Quality,
    SanityCheck,
    deletion,
    energy_inside,
    insertion,
    pointing_game,
    sanity_check,
)
from atolye.explain.shapley import explain_table
from atolye.explain.table_explanation import TableExplanation
from atolye.explain.uncertainty import Uncertainty, predict_with_uncertainty

__all__ = [
    "METHODS",
    "Calibrated",
    "Explanation",
    "FeatureMaps",
    "Filters",
    "Quality",
    "SanityCheck",
    "TableExplanation",
    "Uncertainty",
    "calibrate",
    "deletion",
    "eigen_cam",
    "energy_inside",
    "explain_images",
    "explain_table",
    "feature_maps",
    "filters",
    "grad_cam",
    "grad_cam_plus_plus",
    "gradient_x_input",
    "hires_cam",
    "insertion",
    "integrated_gradients",
    "layer_cam",
    "occlusion",
    "permutation_shapley",
    "pointing_game",
    "predict_with_uncertainty",
    "rise",
    "sanity_check",
    "score_cam",
    "smooth_grad",
    "xgrad_cam",
]
