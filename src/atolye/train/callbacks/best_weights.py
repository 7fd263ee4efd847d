"""Early stopping, checkpoint and weight averaging in one, so that they cannot disagree."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from atolye.files import atomic_path
from atolye.train.callbacks.monitor import check_monitor, monitor_mode
from atolye.train.callbacks.step_wrapping import unwrap_train_step, wrap_train_step
from atolye.train.callbacks.weight_average import WeightAverage, update_count


class BestWeights(keras.callbacks.Callback):
    """Keep the best weights: what was measured, what is saved and what is returned are the same.

    Use it instead of `EarlyStopping`, `ModelCheckpoint` and `SwapEMAWeights`. Used together, those three report
    the average's metric, save the raw weights and return raw weights again. Here, from the start of a validation
    to the start of the next epoch the model holds the weights that the validation measured (the average, when
    there is one), for every callback to see; training then goes on from the raw ones.

    `best` and `best_epoch` (counted from 0) tell what was kept. `wrap_step` is for training loops of your own.

    Reference: Polyak & Juditsky, Acceleration of stochastic approximation by averaging (1992),
    https://doi.org/10.1137/0330046.

    Args:
        monitor: log name to choose by, such as `"val_loss"`.
        mode: `"min"`, `"max"`, or `"auto"`, which reads the direction off the name.
        patience: epochs without an improvement after which training stops; None never stops.
        min_delta: a change must be larger than this to count as an improvement; 0 or more.
        restore_best_weights: end with the weights of the best epoch; otherwise with those of the last one
            (averaged, when there is an average).
        ema_decay: share of the old average kept in each optimizer update, in (0, 1), such as 0.99; None does not
            average. BatchNormalization's moving statistics are averaged with the weights.
        filepath: a `.keras` file for the best model, written whole or not at all; None saves nothing.

    Raises:
        ValueError: when an argument is out of range, or the monitor will not be logged.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> x, y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")
        >>> keep = BestWeights(patience=3, ema_decay=0.9)
        >>> history = model.fit(x, y, validation_data=(x, y), epochs=4, verbose=0, callbacks=[keep])
        >>> keep.best == min(history.history["val_loss"]) == model.evaluate(x, y, verbose=0)
        True
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        mode: str = "auto",
        patience: int | None = None,
        min_delta: float = 0.0,
        restore_best_weights: bool = True,
        ema_decay: float | None = None,
        filepath: str | Path | None = None,
    ) -> None:
        super().__init__()
        if patience is not None and patience < 1:
            raise ValueError(f"patience must be at least 1 epoch, or None; received {patience}.")
        if min_delta < 0:
            raise ValueError(f"min_delta must be 0 or more; received {min_delta}.")
        if ema_decay is not None and not 0 < ema_decay < 1:
            raise ValueError(f"ema_decay must be between 0 and 1, or None; received {ema_decay}.")
        if filepath is not None and Path(filepath).suffix != ".keras":
            raise ValueError(f"filepath must end in .keras; received {str(filepath)!r}.")
        self.monitor = monitor
        self.mode = monitor_mode(monitor, mode)
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best_weights = restore_best_weights
        self.ema_decay = ema_decay
        self.filepath = None if filepath is None else Path(filepath)
        self.average: WeightAverage | None = None
        self._state: dict[str, Any] | None = None
        self._training = False
        self._reset()
        if ema_decay is not None and keras.backend.backend() != "tensorflow":
            # Only here: a method of the class would make Keras wait for the logs of every batch.
            self.on_train_batch_end = self._update_after_batch

    def _reset(self) -> None:
        self.best = math.inf if self.mode == "min" else -math.inf
        self.best_epoch: int | None = None
        self.wait = 0
        self._best_weights: list[np.ndarray] | None = None

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed training needs: `scalars` (plain JSON values) and `arrays` (by name)."""
        arrays = {f"best_{i}": value for i, value in enumerate(self._best_weights or [])}
        arrays |= self.average.get_state() if self.average else {}
        return {
            "scalars": {"best": self.best, "best_epoch": self.best_epoch, "wait": self.wait},
            "arrays": arrays,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`, as returned by `get_state`; call it before `fit`."""
        self._state = state

    def wrap_step(self, step: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return `step` followed by an update of the average; `step` itself when there is none.

        It runs inside the compiled step, so that several steps in one execution are counted one by one.
        """
        if self.average is None:
            return step

        def step_and_average(data: Any) -> Any:
            before = update_count(self.model.optimizer)
            result = step(data)
            self.average.update(self.model.optimizer, before)  # type: ignore[union-attr]
            return result

        return step_and_average

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        check_monitor(self.monitor, self.model)
        self._reset()
        self._training = True
        if self.ema_decay is not None:
            self._start_average(self.ema_decay)
        if self._state is not None:
            scalars, arrays = self._state["scalars"], self._state["arrays"]
            self.best, self.best_epoch, self.wait = (scalars[name] for name in ("best", "best_epoch", "wait"))
            kept = [arrays[f"best_{i}"] for i in range(len(self.model.weights)) if f"best_{i}" in arrays]
            self._best_weights = kept or None
            if self.average:
                self.average.set_state(arrays)
            self._state = None

    def _start_average(self, decay: float) -> None:
        model = self.model
        if getattr(model.optimizer, "use_ema", False):
            raise ValueError("the optimizer averages weights already (use_ema=True); received ema_decay too. Keep one.")
        if not model.built:
            raise ValueError("ema_decay needs a built model; add keras.Input(...) or call the model once.")
        self.average = WeightAverage(model, decay)
        if keras.backend.backend() == "tensorflow":
            wrap_train_step(model, self.wrap_step)
        elif model.steps_per_execution > 1:
            raise ValueError(
                f"ema_decay on this backend needs steps_per_execution=1; received {model.steps_per_execution}."
            )
        else:
            self._updates_seen = int(update_count(model.optimizer))

    def _update_after_batch(self, batch: int, logs: dict[str, float] | None = None) -> None:
        optimizer = self.model.optimizer
        if self.average is not None:
            self.average.update(optimizer, self._updates_seen)
            self._updates_seen = int(update_count(optimizer))

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._show_average(False)

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self._show_average(self._training)

    def _show_average(self, averaged: bool) -> None:
        if self.average is not None:
            self.average.swap(averaged)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._show_average(True)  # when no validation has done so
        if self.monitor not in (logs or {}):
            raise ValueError(
                f"monitor {self.monitor!r} was not logged in epoch {epoch + 1}; logged: {', '.join(logs or {})}. "
                "Pass validation_data for a name with val_, or watch another name."
            )
        current = float((logs or {})[self.monitor])
        gain = self.best - current if self.mode == "min" else current - self.best
        if gain > self.min_delta:
            self.best, self.best_epoch, self.wait = current, epoch, 0
            if self.restore_best_weights:
                self._best_weights = [np.array(weight) for weight in self.model.get_weights()]
            if self.filepath is not None:
                with atomic_path(self.filepath) as partial:
                    self.model.save(partial)
            return
        self.wait += 1
        if self.patience is not None and self.wait >= self.patience:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self._best_weights is not None:
            self.model.set_weights(self._best_weights)
        if self.average is not None and keras.backend.backend() == "tensorflow":
            unwrap_train_step(self.model, self.wrap_step)
        self.average = None
        self._training = False
