"""What a model costs and what flows through it: parameters and FLOPs by formula, measured time, signals by layer."""

from atolye.profile.graph import model_graph
from atolye.profile.latency import Latency, measure_latency
from atolye.profile.parameters import parameter_table
from atolye.profile.profile import Profile, profile
from atolye.profile.signal import signal_statistics

__all__ = [
    "Latency",
    "Profile",
    "measure_latency",
    "model_graph",
    "parameter_table",
    "profile",
    "signal_statistics",
]
