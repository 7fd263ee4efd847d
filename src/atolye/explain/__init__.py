"""Why a model answered so, and how sure it is: maps and numbers from a trained model and its inputs."""

from atolye.explain.uncertainty import Uncertainty, predict_with_uncertainty

__all__ = ["Uncertainty", "predict_with_uncertainty"]
