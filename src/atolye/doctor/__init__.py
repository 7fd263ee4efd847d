"""One rule a file: what can be seen to be wrong before the first epoch, or why a loss is no number any more."""

from atolye.doctor.finding import Finding
from atolye.doctor.integer_learning_rate import integer_learning_rate
from atolye.doctor.loss_against_activation import loss_against_activation
from atolye.doctor.monitor_not_logged import monitor_not_logged
from atolye.doctor.non_finite import NonFinite, first_non_finite
from atolye.doctor.output_without_loss import output_without_loss
from atolye.doctor.schedule_with_rate_callback import schedule_with_rate_callback
from atolye.doctor.stage_rates_too_close import stage_rates_too_close
from atolye.doctor.targets_out_of_range import targets_out_of_range
from atolye.doctor.value_range_disagrees import value_range_disagrees

__all__ = [
    "Finding",
    "NonFinite",
    "first_non_finite",
    "integer_learning_rate",
    "loss_against_activation",
    "monitor_not_logged",
    "output_without_loss",
    "schedule_with_rate_callback",
    "stage_rates_too_close",
    "targets_out_of_range",
    "value_range_disagrees",
]
