"""What happens around training steps: logging, stopping, keeping the best weights, looking inside."""

from atolye.train.callbacks.learning_rate_logger import LearningRateLogger, current_learning_rates
from atolye.train.callbacks.time_budget import TimeBudget, parse_seconds

__all__ = ["LearningRateLogger", "TimeBudget", "current_learning_rates", "parse_seconds"]
