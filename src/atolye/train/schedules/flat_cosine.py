"""A learning rate that stays flat and falls along a cosine only at the end."""

import math
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="atolye")
class FlatCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Hold the learning rate for most of the training, then let it fall along half a cosine.

    Use it where the length of the training may still change, or with optimizers that need no warm-up: the flat part
    explores, the short fall settles.

    Reference:
        Loshchilov & Hutter (2017), [SGDR](https://arxiv.org/abs/1608.03983), for the cosine; the flat part in front of
        it is fastai's `fit_flat_cos` (Howard & Gugger 2020, [fastai](https://arxiv.org/abs/2002.04688)).

    Args:
        initial_learning_rate: the rate of the flat part, above 0.
        total_steps: optimizer updates in the whole training, at least 1 (`count_updates` counts them).
        flat_fraction: share of the updates before the fall, in [0, 1).
        alpha: the last rate as a fraction of the first, in [0, 1]; the word is Keras's own in `CosineDecay`.
        name: name of the schedule.

    Returns:
        A schedule: called with the update's number, it returns a float32 scalar.

    Raises:
        ValueError: when an argument is out of its range.

    Example:
        >>> rate = FlatCosine(0.1, 8, flat_fraction=0.5)
        >>> [round(float(rate(step)), 4) for step in (0, 4, 6, 8, 9)]
        [0.1, 0.1, 0.05, 0.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        total_steps: int,
        *,
        flat_fraction: float = 0.75,
        alpha: float = 0.0,
        name: str = "flat_cosine",
    ) -> None:
        super().__init__()
        if initial_learning_rate <= 0:
            raise ValueError(
                f"Received initial_learning_rate={initial_learning_rate}; expected more than 0, such as 0.001."
            )
        if total_steps < 1:
            raise ValueError(f"Received total_steps={total_steps}; expected at least 1 update. Use count_updates().")
        if not 0 <= flat_fraction < 1:
            raise ValueError(f"Received flat_fraction={flat_fraction}; expected 0 <= fraction < 1, such as 0.75.")
        if not 0 <= alpha <= 1:
            raise ValueError(f"Received alpha={alpha}; expected 0 <= alpha <= 1, the last rate over the first.")
        self.initial_learning_rate = initial_learning_rate
        self.total_steps = total_steps
        self.flat_fraction = flat_fraction
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of update `step` as a float32 scalar."""
        flat_steps = self.flat_fraction * self.total_steps
        fallen = (ops.cast(step, "float32") - flat_steps) / (self.total_steps - flat_steps)
        cosine = 0.5 + 0.5 * ops.cos(math.pi * ops.clip(fallen, 0.0, 1.0))
        return self.initial_learning_rate * (self.alpha + (1 - self.alpha) * cosine)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this schedule again."""
        return {
            "initial_learning_rate": self.initial_learning_rate,
            "total_steps": self.total_steps,
            "flat_fraction": self.flat_fraction,
            "alpha": self.alpha,
            "name": self.name,
        }
