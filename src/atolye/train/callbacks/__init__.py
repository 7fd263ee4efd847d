"""What happens around training steps: logging, stopping, keeping the best weights, looking inside."""

from atolye.train.callbacks.best_weights import BestWeights
from atolye.train.callbacks.epoch_seconds import EpochSeconds
from atolye.train.callbacks.example_losses import ExampleLosses
from atolye.train.callbacks.gradient_monitor import GradientMonitor, dead_unit_shares
from atolye.train.callbacks.learning_rate_logger import LearningRateLogger, current_learning_rates
from atolye.train.callbacks.live_plotter import LivePlotter, learning_curves, sparkline
from atolye.train.callbacks.lookahead import Lookahead
from atolye.train.callbacks.monitor import check_monitor, log_names, monitor_mode
from atolye.train.callbacks.stop_on_nan import NonFiniteLossError, StopOnNaN
from atolye.train.callbacks.time_budget import TimeBudget, parse_seconds
from atolye.train.callbacks.training_state import TrainingState
from atolye.train.callbacks.weight_average import WeightAverage, update_count

__all__ = [
    "BestWeights",
    "EpochSeconds",
    "ExampleLosses",
    "GradientMonitor",
    "LearningRateLogger",
    "LivePlotter",
    "Lookahead",
    "NonFiniteLossError",
    "StopOnNaN",
    "TimeBudget",
    "TrainingState",
    "WeightAverage",
    "check_monitor",
    "current_learning_rates",
    "dead_unit_shares",
    "learning_curves",
    "log_names",
    "monitor_mode",
    "parse_seconds",
    "sparkline",
    "update_count",
]
