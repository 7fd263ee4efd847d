"""What a model costs and what flows through it: parameters by formula, signals and gradients by layer."""

from atolye.profile.graph import model_graph
from atolye.profile.parameters import parameter_table

__all__ = ["model_graph", "parameter_table"]
