"""One rise and one fall of the learning rate over the whole training.

Reference: Smith & Topin (2018), Super-Convergence, arXiv:1708.07120.
"""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="atolye")
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Raise the learning rate to its maximum, then let it fall to almost nothing, once over the whole training.

    Use it to train in few epochs at a high rate; pair it with `OneCycleMomentum`. The rate starts at
    `max_learning_rate / initial_divisor`, peaks at update `round(warmup_fraction * total_steps)`, and reaches
    `max_learning_rate / final_divisor` at update `total_steps`, where it stays.

    Reference:
        Smith & Topin (2018), [Super-Convergence](https://arxiv.org/abs/1708.07120).

    Args:
        max_learning_rate: the rate at the peak, above 0; the range test's suggestion fits.
        total_steps: optimizer updates in the whole training, at least 2 (`count_updates` counts them).
        warmup_fraction: share of the updates spent rising, in (0, 1).
        initial_divisor: the peak divided by this is the first rate, at least 1.
        final_divisor: the peak divided by this is the last rate, at least 1.
        anneal: "cosine" for smooth flanks, "linear" for straight ones.
        name: name of the schedule.

    Returns:
        A schedule: called with the update's number, it returns a float32 scalar.

    Raises:
        ValueError: when an argument is out of its range.

    Example:
        >>> rate = OneCycle(1.0, 10, warmup_fraction=0.4, initial_divisor=5.0, final_divisor=1000.0, anneal="linear")
        >>> [round(float(rate(step)), 3) for step in (0, 2, 4, 7, 10, 99)]
        [0.2, 0.6, 1.0, 0.501, 0.001, 0.001]
    """

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: int,
        *,
        warmup_fraction: float = 0.3,
        initial_divisor: float = 25.0,
        final_divisor: float = 1e5,
        anneal: str = "cosine",
        name: str = "one_cycle",
    ) -> None:
        super().__init__()
        if max_learning_rate <= 0:
            raise ValueError(f"Received max_learning_rate={max_learning_rate}; expected more than 0, such as 0.01.")
        if total_steps < 2:
            raise ValueError(f"Received total_steps={total_steps}; expected at least 2 updates. Use count_updates().")
        if not 0 < warmup_fraction < 1:
            raise ValueError(f"Received warmup_fraction={warmup_fraction}; expected 0 < fraction < 1, such as 0.3.")
        if initial_divisor < 1 or final_divisor < 1:
            raise ValueError(
                f"Received initial_divisor={initial_divisor} and final_divisor={final_divisor}; expected both at "
                "least 1, since they divide the maximum."
            )
        if anneal not in ("cosine", "linear"):
            raise ValueError(f"Received anneal={anneal!r}; expected 'cosine' or 'linear'.")
        self.max_learning_rate = max_learning_rate
        self.total_steps = total_steps
        self.warmup_fraction = warmup_fraction
        self.initial_divisor = initial_divisor
        self.final_divisor = final_divisor
        self.anneal = anneal
        self.name = name

    @property
    def peak_step(self) -> int:
        """The update at which the rate is highest."""
        return min(max(round(self.warmup_fraction * self.total_steps), 1), self.total_steps - 1)

    def height(self, step: Any) -> Any:
        """Return how far up the hill update `step` stands: 0 at both ends, 1 at the peak."""
        step = ops.minimum(ops.cast(step, "float32"), float(self.total_steps))
        rising = step / self.peak_step
        falling = (self.total_steps - step) / (self.total_steps - self.peak_step)
        height = ops.minimum(rising, falling)
        return height if self.anneal == "linear" else 0.5 - 0.5 * ops.cos(math.pi * height)

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of update `step` as a float32 scalar."""
        first = self.max_learning_rate / self.initial_divisor
        last = self.max_learning_rate / self.final_divisor
        foot = ops.where(ops.cast(step, "float32") <= self.peak_step, first, last)
        return foot + (self.max_learning_rate - foot) * self.height(step)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "max_learning_rate": self.max_learning_rate,
            "total_steps": self.total_steps,
            "warmup_fraction": self.warmup_fraction,
            "initial_divisor": self.initial_divisor,
            "final_divisor": self.final_divisor,
            "anneal": self.anneal,
            "name": self.name,
        }
