"""An exponential moving average of all weights, BatchNormalization's moving statistics among them."""

from typing import Any

import keras
import numpy as np
from keras import ops


def update_count(optimizer: Any) -> Any:
    """Return how many times `optimizer` has changed the weights, as a scalar tensor.

    A batch is not always an update: gradient accumulation changes the weights every few batches, and loss
    scaling skips a batch whose gradients overflow.
    """
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    if getattr(optimizer, "optimizers", None):
        optimizer = optimizer.optimizers[0]
    # Adding 0 makes a new tensor: the variable itself would show the count of later steps as well.
    return ops.add(optimizer.iterations, 0)


class WeightAverage:
    """Keep a moving average beside the weights of a model, and exchange the two.

    After update number `t` (from 0): `average += max(1 - decay, 9 / (10 + t)) * (weights - average)`. The second
    term is a warm-up, without which a short training would end with an average near its random start.

    Reference: Polyak & Juditsky, Acceleration of stochastic approximation by averaging (1992),
    https://doi.org/10.1137/0330046; the warm-up is that of TensorFlow's `ExponentialMovingAverage`.

    Args:
        model: a built model; its average starts from the weights that it has now.
        decay: share of the old average that is kept in each update, in (0, 1); 0.99 looks back about 100 updates.
    """

    def __init__(self, model: keras.Model, decay: float) -> None:
        self.decay = decay
        # model.weights holds moving statistics, but no random seeds and no metric counters.
        self.weights = list(model.weights)
        self.other = [
            # A copy: JAX gives the buffers of weights away in each step, shared ones with them.
            keras.Variable(np.array(weight.numpy()), trainable=False, dtype=weight.dtype, name="average")
            for weight in self.weights
        ]
        self.updates = keras.Variable(0.0, trainable=False, dtype="float32", name="updates")
        self.swapped = False

    def update(self, optimizer: Any, before: Any) -> None:
        """Move the average towards the weights if `optimizer` has changed them since count `before`."""
        changed = ops.cast(ops.greater(update_count(optimizer), before), "float32")
        rate = changed * ops.maximum(1.0 - self.decay, 9.0 / (10.0 + self.updates))
        for average, weight in zip(self.other, self.weights, strict=True):
            if keras.backend.is_float_dtype(weight.dtype):
                average.assign_add(ops.cast(rate, weight.dtype) * (weight - average))
            else:  # counters and the like have no average
                average.assign(ops.add(weight, 0))
        self.updates.assign_add(changed)

    def swap(self, averaged: bool) -> None:
        """Put the averaged weights (True) or the trained ones (False) into the model."""
        if averaged == self.swapped:
            return
        for other, weight in zip(self.other, self.weights, strict=True):
            value = np.array(weight.numpy())
            weight.assign(np.array(other.numpy()))
            other.assign(value)
        self.swapped = averaged

    def get_state(self) -> dict[str, np.ndarray]:
        """Return trained weights, averaged weights and the number of updates as arrays."""
        own, kept = ("average", "trained") if self.swapped else ("trained", "average")
        state = {f"{own}_{i}": np.array(weight.numpy()) for i, weight in enumerate(self.weights)}
        state |= {f"{kept}_{i}": np.array(weight.numpy()) for i, weight in enumerate(self.other)}
        return state | {"updates": np.array(self.updates.numpy())}

    def set_state(self, state: dict[str, np.ndarray]) -> None:
        """Go on from `state`, as returned by `get_state`, with the trained weights in the model."""
        for i, (other, weight) in enumerate(zip(self.other, self.weights, strict=True)):
            weight.assign(state[f"trained_{i}"])
            other.assign(state[f"average_{i}"])
        self.updates.assign(state["updates"])
        self.swapped = False
