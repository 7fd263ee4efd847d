"""A schedule times a number."""

from typing import Any, TypeAlias

import keras

Schedule: TypeAlias = keras.optimizers.schedules.LearningRateSchedule


@keras.saving.register_keras_serializable(package="atolye")
class ScaledSchedule(Schedule):
    """Follow another schedule, with every rate multiplied by `factor`.

    Use it for weights that are to learn faster or more slowly than the others; `grouped_optimizer` does.

    Args:
        schedule: the schedule to follow.
        factor: what its rates are multiplied by, above 0.
        name: name of the schedule.

    Returns:
        A schedule: called with the update's number, it returns a float32 scalar.

    Raises:
        ValueError: when the factor is not above 0.

    Example:
        >>> rate = ScaledSchedule(keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5), 64.0)
        >>> [float(rate(update)) for update in range(3)]
        [64.0, 32.0, 16.0]
    """

    def __init__(self, schedule: Schedule, factor: float, *, name: str = "scaled_schedule") -> None:
        super().__init__()
        if not 0 < factor < float("inf"):
            raise ValueError(f"Received factor={factor}; expected a number above 0, such as 0.1.")
        self.schedule = schedule
        self.factor = float(factor)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of update `step`."""
        return self.schedule(step) * self.factor

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "schedule": keras.optimizers.schedules.serialize(self.schedule),
            "factor": self.factor,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "ScaledSchedule":
        """Make the schedule from what `get_config` returned."""
        return cls(**config | {"schedule": keras.optimizers.schedules.deserialize(config["schedule"])})
