"""The learning rate in the history: without it, nobody can say afterwards what a schedule really did."""

from typing import Any

import keras


def current_learning_rates(optimizer: Any) -> dict[str, float]:
    """Return the learning rate of `optimizer` now, by log name.

    The key `"learning_rate"` is always there. An optimizer made of several (`MultiOptimizer`) also has one
    key for each part, and `"learning_rate"` is that of its default one, which trains what no other does; the highest
    where there is none. A `LossScaleOptimizer` is looked through.

    Args:
        optimizer: any Keras optimizer, with a float, a schedule or a callable as its learning rate.

    Returns:
        Learning rates by log name, such as `{"learning_rate": 0.001}`.

    Example:
        >>> rates = current_learning_rates(keras.optimizers.SGD(0.5))
        >>> rates
        {'learning_rate': 0.5}
    """
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    if not hasattr(optimizer, "optimizers"):
        return {"learning_rate": float(optimizer.learning_rate)}
    rates: dict[str, float] = {}
    for index, part in enumerate(optimizer.optimizers):
        name = f"learning_rate_{part.name}"
        if name in rates:  # two parts may carry the same name
            name = f"{name}_{index}"
        rates[name] = float(part.learning_rate)
    default = getattr(getattr(optimizer, "_optimizer_map", None), "default_optimizer", None)
    # A MultiOptimizer that takes a function knows its parts only once it is built.
    first = max(rates.values(), default=float("nan")) if default is None else float(default.learning_rate)
    return {"learning_rate": first} | rates


class LearningRateLogger(keras.callbacks.Callback):
    """Write `learning_rate` into the logs, and so into the history, at the end of each epoch.

    Use it in every training: Keras writes the rate only when `ReduceLROnPlateau` or `LearningRateScheduler`
    is there. It works with a float, a schedule, a `LossScaleOptimizer` and a `MultiOptimizer`. The figure is
    the rate that holds at the end of the epoch, before any callback lowers it for the next one.

    Example:
        >>> import numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(keras.optimizers.SGD(0.5), "mse")
        >>> x = np.zeros((4, 2), "float32")
        >>> history = model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[LearningRateLogger()])
        >>> history.history["learning_rate"]
        [0.5, 0.5]
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is None:
            return
        for name, rate in current_learning_rates(self.model.optimizer).items():
            # A callback that changes the rate (ReduceLROnPlateau) has already written the one that was used.
            logs.setdefault(name, rate)
