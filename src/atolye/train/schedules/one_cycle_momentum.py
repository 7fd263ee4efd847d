"""Momentum that falls while the learning rate rises, for the length of one training.

Reference: Smith (2018), A disciplined approach to neural network hyper-parameters, arXiv:1803.09820.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from atolye.train.schedules.cyclical_learning_rate import CyclicalLearningRate
from atolye.train.schedules.one_cycle import OneCycle
from atolye.train.schedules.per_update import PerUpdate


class OneCycleMomentum(keras.callbacks.Callback):
    """Move the optimizer's momentum against the learning rate: `high` at its foot, `low` at its peak.

    Use it with `OneCycle` or `CyclicalLearningRate` as the learning rate of SGD with momentum (`momentum`), Adam or
    AdamW (`beta_1`). The momentum is computed inside the compiled step from the number of updates, so it is right
    under gradient accumulation and `steps_per_execution`, and a resumed training goes on where it was. The optimizer's
    configuration stays as it is, and after training so does the optimizer.

    Reference:
        Smith (2018), [A disciplined approach, part 1](https://arxiv.org/abs/1803.09820), section 3.

    Args:
        schedule: the learning rate's own schedule, the one that the optimizer was given.
        high: momentum at the lowest learning rate, in [0, 1).
        low: momentum at the highest learning rate, in [0, high].

    Raises:
        ValueError: when a number is out of its range, the schedule has no hill, or the optimizer has no momentum.

    Example:
        >>> schedule = OneCycle(0.1, total_steps=100)
        >>> momentum = OneCycleMomentum(schedule)
        >>> [round(float(momentum.momentum(step)), 2) for step in (0, 30, 100)]
        [0.95, 0.85, 0.95]
    """

    def __init__(
        self, schedule: OneCycle | CyclicalLearningRate | PerUpdate, *, high: float = 0.95, low: float = 0.85
    ) -> None:
        super().__init__()
        if not 0 <= low <= high < 1:
            raise ValueError(f"Received high={high} and low={low}; expected 0 <= low <= high < 1, such as 0.95, 0.85.")
        hill = schedule.schedule if isinstance(schedule, PerUpdate) else schedule
        if not hasattr(hill, "height"):
            raise ValueError(
                f"Received the schedule {type(hill).__name__}; expected OneCycle or CyclicalLearningRate, whose peak "
                "says when the momentum is lowest."
            )
        self.schedule = hill
        self.high = high
        self.low = low

    def momentum(self, update: Any) -> Any:
        """Return the momentum of update number `update` as a float32 scalar."""
        return self.high - (self.high - self.low) * self.schedule.height(update)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Give the optimizer a step that computes its momentum, and have Keras compile the training step again."""
        optimizer = _inner_optimizer(self.model.optimizer)
        optimizer.update_step = _moving_step(optimizer, self.momentum)
        self._rebuild()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Take the step away again."""
        optimizer = _inner_optimizer(self.model.optimizer)
        if "update_step" in vars(optimizer):
            del optimizer.update_step
            self._rebuild()

    def _rebuild(self) -> None:
        # The step that Keras has traced keeps the old momentum as a constant.
        self.model.train_function = None
        self.model.make_train_function()


def _inner_optimizer(optimizer: Any) -> Any:
    return getattr(optimizer, "inner_optimizer", optimizer)  # LossScaleOptimizer wraps the one that has the momentum.


def _moving_step(optimizer: Any, momentum: Callable[[Any], Any]) -> Callable[..., None]:
    if isinstance(optimizer, keras.optimizers.Adam):
        return _adam_step(optimizer, momentum)
    if isinstance(optimizer, keras.optimizers.SGD) and optimizer.momentum > 0:
        return _sgd_step(optimizer, momentum)
    raise ValueError(
        f"Received the optimizer {type(optimizer).__name__} for OneCycleMomentum; expected SGD with momentum above 0, "
        "Adam or AdamW."
    )


def _adam_step(optimizer: Any, momentum: Callable[[Any], Any]) -> Callable[..., None]:
    original = optimizer.update_step

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        fixed = optimizer.beta_1
        optimizer.beta_1 = ops.cast(momentum(optimizer.iterations), variable.dtype)
        try:
            original(gradient, variable, learning_rate)
        finally:
            optimizer.beta_1 = fixed  # A checkpoint written meanwhile must find a plain number.

    return update_step


def _sgd_step(optimizer: Any, momentum: Callable[[Any], Any]) -> Callable[..., None]:
    # Keras's own step asks `if momentum != 0`, which a symbolic number cannot answer; so the step is written out:
    # velocity = momentum * velocity - rate * gradient, and Nesterov looks one step ahead.
    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        share = ops.cast(momentum(optimizer.iterations), variable.dtype)
        step = ops.cast(learning_rate, variable.dtype) * ops.cast(gradient, variable.dtype)
        velocity = optimizer.momentums[optimizer._get_variable_index(variable)]
        optimizer.assign(velocity, share * velocity - step)
        optimizer.assign_add(variable, share * velocity - step if optimizer.nesterov else velocity)

    return update_step
