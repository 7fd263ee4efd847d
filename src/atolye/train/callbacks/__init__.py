"""What happens around training steps: logging, stopping, keeping the best weights, looking inside."""

from atolye.train.callbacks.best_weights import BestWeights
from atolye.train.callbacks.epoch_seconds import EpochSeconds
from atolye.train.callbacks.learning_rate_logger import LearningRateLogger, current_learning_rates
from atolye.train.callbacks.monitor import check_monitor, log_names, monitor_mode
from atolye.train.callbacks.time_budget import TimeBudget, parse_seconds
from atolye.train.callbacks.training_state import TrainingState
from atolye.train.callbacks.weight_average import WeightAverage, update_count

__all__ = [
    "BestWeights",
    "EpochSeconds",
    "LearningRateLogger",
    "TimeBudget",
    "TrainingState",
    "WeightAverage",
    "check_monitor",
    "current_learning_rates",
    "log_names",
    "monitor_mode",
    "parse_seconds",
    "update_count",
]
