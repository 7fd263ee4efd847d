"""Slow weights that the trained ones meet every few updates: BatchNormalization's statistics among them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from atolye.train.callbacks.step_wrapping import unwrap_train_step, wrap_train_step
from atolye.train.callbacks.weight_average import update_count


class Lookahead(keras.callbacks.Callback):
    """Keep slow weights, and every few updates move them towards the trained ones and train on from there.

    Use it in short trainings at high learning rates: the slow weights take the noise out without slowing the training
    down. After each update `t`, counted from 1, that `every` divides,

        slow = decay * slow + (1 - decay) * weights
        weights = slow

    for all weights and moving statistics; the optimizer's momentum stays. With `total_updates` the decay rises as
    `decay * (t / total_updates) ** 3`, and after the last update the model takes the slow weights, also where `every`
    does not divide it. The model always holds the weights that are measured, saved and returned, so that it goes
    together with `BestWeights`, averaging or not: put it before that one in the list of callbacks.

    It counts updates of the optimizer: batches whose gradients are accumulated, or skipped by loss scaling, do not.

    Reference: Zhang et al. (2019), Lookahead Optimizer, arXiv:1907.08610; Jordan (2024), arXiv:2404.00498, section 3.4,
        for the rising decay and the moving statistics.

    Args:
        total_updates: optimizer updates in the whole training, at least 1 (`count_updates` counts them); None keeps the
            decay constant.
        every: updates from one meeting to the next, at least 1.
        decay: share of the slow weights that is kept at a meeting, in [0, 1); default 0.95 for each of 5 updates.

    Raises:
        ValueError: when an argument is out of its range, or the model is not built.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x = np.ones((8, 2), "float32")
        >>> history = model.fit(x, x[:, :1], batch_size=2, verbose=0, callbacks=[Lookahead(4, every=2)])
    """

    def __init__(self, total_updates: int | None = None, *, every: int = 5, decay: float = 0.95**5) -> None:
        super().__init__()
        if total_updates is not None and total_updates < 1:
            raise ValueError(
                f"Received total_updates={total_updates}; expected at least 1, or None. Use count_updates()."
            )
        if not (every >= 1 and float(every).is_integer()):
            raise ValueError(f"Received every={every}; expected a whole number of updates, at least 1. 5 is usual.")
        if not 0 <= decay < 1:
            raise ValueError(f"Received decay={decay}; expected 0 <= decay < 1, such as 0.77.")
        self.total_updates = total_updates
        self.every = int(every)
        self.decay = decay
        self._weights: list[Any] = []
        self._state: dict[str, Any] | None = None
        if keras.backend.backend() != "tensorflow":
            # Only here: a method of the class would make Keras wait for the logs of every batch.
            self.on_train_batch_end = self._update_after_batch

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed training needs: `updates` (a number) and `arrays` (by name)."""
        arrays = {f"slow_{i}": np.array(keras.ops.convert_to_numpy(value)) for i, value in enumerate(self._slow)}
        return {"updates": int(self._updates), "arrays": arrays}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`, as returned by `get_state`; call it before `fit`."""
        self._state = state

    def wrap_step(self, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return `step` followed by a meeting where one is due; for training loops of your own."""

        def step_and_meet(data: Any) -> Any:
            before = update_count(self.model.optimizer)
            result = step(data)
            self._update(before)
            return result

        return step_and_meet

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        model = self.model
        if not model.built:
            raise ValueError("Lookahead needs a built model; add keras.Input(...) or call the model once.")
        # model.weights holds moving statistics, but no random seeds and no metric counters.
        self._weights = [weight for weight in model.weights if keras.backend.is_float_dtype(weight.dtype)]
        state = self._state or {"updates": 0, "arrays": {}}
        self._slow = [
            # A copy: JAX gives the buffers of weights away in each step, shared ones with them.
            keras.Variable(
                np.array(state["arrays"].get(f"slow_{i}", ops.convert_to_numpy(weight))),
                trainable=False,
                dtype=weight.dtype,
                name="slow",
            )
            for i, weight in enumerate(self._weights)
        ]
        self._updates = keras.Variable(state["updates"], trainable=False, dtype="int32", name="updates")
        self._state = None
        if keras.backend.backend() == "tensorflow":
            wrap_train_step(model, self.wrap_step)
        elif model.steps_per_execution > 1:
            raise ValueError(
                f"Lookahead on this backend needs steps_per_execution=1; received {model.steps_per_execution}."
            )
        else:
            self._updates_seen = int(update_count(model.optimizer))

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if keras.backend.backend() == "tensorflow":
            unwrap_train_step(self.model, self.wrap_step)

    def _update_after_batch(self, batch: int, logs: dict[str, float] | None = None) -> None:
        optimizer = self.model.optimizer  # asking for the model brings its variables up to date
        self._update(self._updates_seen)
        self._updates_seen = int(update_count(optimizer))

    def _update(self, before: Any) -> None:
        """Count the update that the optimizer has made since count `before`; let the weights meet if it is time."""
        changed = ops.greater(update_count(self.model.optimizer), before)
        self._updates.assign_add(ops.cast(changed, "int32"))
        due = ops.equal(self._updates % self.every, 0)
        if self.total_updates is not None:
            due = ops.logical_or(due, ops.equal(self._updates, self.total_updates))
        due = ops.logical_and(changed, due)
        if keras.backend.backend() == "tensorflow":
            ops.cond(due, self._meet, lambda: ops.zeros(()))
        elif due:
            self._meet()

    def _meet(self) -> Any:
        """Move the slow weights and put them into the model."""
        decay = self.decay
        if self.total_updates is not None:
            done = ops.minimum(ops.cast(self._updates, "float32") / self.total_updates, 1.0)
            # Between two meetings only the end of the training is due: the slow weights are taken as they are.
            decay = ops.where(ops.equal(self._updates % self.every, 0), decay * done**3, 1.0)
        for slow, weight in zip(self._slow, self._weights, strict=True):
            # In this form weights that are not trained stay what they are, bit for bit.
            slow.assign(slow + ops.cast(1 - decay, slow.dtype) * (weight - slow))
            weight.assign(ops.add(slow, 0))  # a copy: JAX gives the buffers of weights away in each step
        return ops.zeros(())
