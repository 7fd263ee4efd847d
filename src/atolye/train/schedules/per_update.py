"""A schedule that counts optimizer updates where Keras counts batches."""

from typing import Any, TypeAlias

import keras
from keras import ops

Schedule: TypeAlias = keras.optimizers.schedules.LearningRateSchedule


@keras.saving.register_keras_serializable(package="atolye")
class PerUpdate(Schedule):
    """Count `schedule` in optimizer updates when gradients are accumulated over several batches.

    Keras hands a schedule the number of batches seen. With `gradient_accumulation_steps=k` only each k-th batch
    updates the weights, so a schedule of 1,000 updates would be over after 1,000 / k of them. Wrapped in
    `PerUpdate`, it sees 0, 1, 2, ... at the updates.

    Args:
        schedule: the schedule, written in optimizer updates.
        gradient_accumulation_steps: batches to one update, at least 2; the same number as in the optimizer.
        name: name of the schedule.

    Returns:
        A schedule: called with the number of batches, it returns the rate of the update that they belong to.

    Raises:
        ValueError: when there is nothing to accumulate.

    Example:
        >>> rate = PerUpdate(keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5), 2)
        >>> [float(rate(batch)) for batch in range(5)]
        [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, schedule: Schedule, gradient_accumulation_steps: int, *, name: str = "per_update") -> None:
        super().__init__()
        if gradient_accumulation_steps < 2:
            raise ValueError(
                f"Received gradient_accumulation_steps={gradient_accumulation_steps}; expected at least 2. Without "
                "accumulation give the optimizer the schedule itself."
            )
        self.schedule = schedule
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of the update that batch `step` belongs to."""
        return self.schedule(ops.floor_divide(ops.cast(step, "int32"), self.gradient_accumulation_steps))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "schedule": keras.optimizers.schedules.serialize(self.schedule),
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "PerUpdate":
        """Make the schedule from what `get_config` returned."""
        config = dict(config)
        config["schedule"] = keras.optimizers.schedules.deserialize(config["schedule"])
        return cls(**config)
