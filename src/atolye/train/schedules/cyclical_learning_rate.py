"""A learning rate that swings between two bounds.

Reference: Smith (2017), Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186.
"""

from typing import Any

import keras
from keras import ops

MODES = ("triangular", "triangular2", "exp_range")


@keras.saving.register_keras_serializable(package="atolye")
class CyclicalLearningRate(keras.optimizers.schedules.LearningRateSchedule):
    """Swing the learning rate between two bounds in straight lines, each half a cycle `step_size` updates long.

    Use it when no single rate is known to be right: the range test (`find_lr`) gives both bounds. With `s` the update,

        cycle = floor(1 + s / (2 * step_size))
        x     = |s / step_size - 2 * cycle + 1|
        rate  = base + (max - base) * (1 - x) * scale

    where `scale` is 1 ("triangular"), halves with each cycle ("triangular2"), or is `gamma ** s` ("exp_range").

    Reference:
        Smith (2017), [Cyclical Learning Rates](https://arxiv.org/abs/1506.01186).

    Args:
        base_learning_rate: the lower bound, at updates 0, 2 * step_size, ...; 0 or more.
        max_learning_rate: the upper bound, at updates step_size, 3 * step_size, ...; above the lower.
        step_size: updates in half a cycle, at least 1. The paper advises 2 to 8 epochs.
        mode: "triangular", "triangular2" or "exp_range".
        gamma: decay of the swing for each update in "exp_range", in (0, 1].
        name: name of the schedule.

    Returns:
        A schedule: called with the update's number, it returns a float32 scalar.

    Raises:
        ValueError: when an argument is out of its range.

    Example:
        >>> rate = CyclicalLearningRate(0.001, 0.005, step_size=4)
        >>> [round(float(rate(step)), 4) for step in range(9)]
        [0.001, 0.002, 0.003, 0.004, 0.005, 0.004, 0.003, 0.002, 0.001]
    """

    def __init__(
        self,
        base_learning_rate: float,
        max_learning_rate: float,
        *,
        step_size: int,
        mode: str = "triangular",
        gamma: float = 0.99994,
        name: str = "cyclical_learning_rate",
    ) -> None:
        super().__init__()
        if not 0 <= base_learning_rate < max_learning_rate:
            raise ValueError(
                f"Received base_learning_rate={base_learning_rate} and max_learning_rate={max_learning_rate}; expected "
                "0 <= base < max. Take both from the range test."
            )
        if step_size < 1:
            raise ValueError(f"Received step_size={step_size}; expected at least 1 update. Give half a cycle's length.")
        if mode not in MODES:
            raise ValueError(f"Received mode={mode!r}; expected one of {', '.join(MODES)}.")
        if not 0 < gamma <= 1:
            raise ValueError(f"Received gamma={gamma}; expected 0 < gamma <= 1, such as 0.99994.")
        self.base_learning_rate = base_learning_rate
        self.max_learning_rate = max_learning_rate
        self.step_size = step_size
        self.mode = mode
        self.gamma = gamma
        self.name = name

    def height(self, step: Any) -> Any:
        """Return where the rate stands between its bounds: 0 at the lower, 1 at the upper."""
        step = ops.cast(step, "float32")
        cycle = ops.floor(1 + step / (2 * self.step_size))
        triangle = ops.maximum(0.0, 1 - ops.absolute(step / self.step_size - 2 * cycle + 1))
        if self.mode == "triangular2":
            return triangle * ops.power(0.5, cycle - 1)
        if self.mode == "exp_range":
            return triangle * ops.power(self.gamma, step)
        return triangle

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of update `step` as a float32 scalar."""
        swing = self.max_learning_rate - self.base_learning_rate
        return self.base_learning_rate + swing * self.height(step)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "base_learning_rate": self.base_learning_rate,
            "max_learning_rate": self.max_learning_rate,
            "step_size": self.step_size,
            "mode": self.mode,
            "gamma": self.gamma,
            "name": self.name,
        }
