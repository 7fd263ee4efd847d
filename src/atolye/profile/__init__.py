"""What a model costs and what flows through it: parameters by formula, signals and gradients by layer."""

from atolye.profile.graph import model_graph
from atolye.profile.parameters import parameter_table
from atolye.profile.signal import signal_statistics

__all__ = ["model_graph", "parameter_table", "signal_statistics"]
