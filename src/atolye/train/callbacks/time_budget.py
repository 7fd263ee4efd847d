"""Training that ends on time: a wall-clock budget instead of a number of epochs."""

import re
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_RECENT_EPOCHS = 3  # the first epochs hold tracing and cache misses, so only the latest ones count


def parse_seconds(duration: float | str) -> float:
    """Return `duration` in seconds: a number of seconds, or text such as `"90s"`, `"5m"` or `"1h30m"`.

    Args:
        duration: seconds as a number, or numbers with the units s, m, h.

    Returns:
        Seconds, above 0.

    Raises:
        ValueError: when the text is no duration or the duration is not above 0.

    Example:
        >>> parse_seconds("1h30m")
        5400.0
    """
    if isinstance(duration, str):
        text = duration.strip().lower()
        parts = re.findall(r"(\d+(?:\.\d+)?)\s*([smh])", text)
        if re.fullmatch(r"\d+(\.\d+)?", text):
            seconds = float(text)
        elif parts and re.fullmatch(r"(\s*\d+(\.\d+)?\s*[smh])+", text):
            seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
        else:
            raise ValueError(f"a duration must look like 90s, 5m or 1h30m; received {duration!r}.")
    else:
        seconds = float(duration)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"a time budget must be above 0 seconds and finite; received {duration!r}.")
    return seconds


class TimeBudget(keras.callbacks.Callback):
    """Stop training so that it ends within a number of seconds of wall-clock time.

    Use it when the time is given, not the number of epochs. Training stops before an epoch that would not
    fit (judged by the slowest of the last three), and in the middle of an epoch when the time is up, early
    enough for the validation that follows. With `BestWeights` in the same list the model ends with the best
    weights seen, whichever way training stopped.

    Args:
        seconds: the budget, as seconds or text such as `"5m"`; counted from the start of `fit`.
        clock: function that tells the time in seconds; another one is useful in tests.

    Raises:
        ValueError: when `seconds` is not a positive duration.

    Example:
        >>> TimeBudget("5m").seconds
        300.0
    """

    def __init__(self, seconds: float | str, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.seconds = parse_seconds(seconds)
        self.stopped_epoch: int | None = None
        self._clock = clock
        self._spent = 0.0  # in earlier sittings of a training that is resumed
        self._durations: list[float] = []
        self._validation = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds of the budget that are used up."""
        return self._spent + self._clock() - self._start

    @property
    def epoch_estimate(self) -> float:
        """Seconds that the next epoch is expected to take; 0 when none has ended yet."""
        return float(np.max(self._durations[-_RECENT_EPOCHS:], initial=0.0))

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed training needs, as plain JSON values."""
        return {"spent": self.elapsed, "durations": self._durations[-_RECENT_EPOCHS:]}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `state`, as returned by `get_state`; call it before `fit`."""
        self._spent = float(state["spent"])
        self._durations = list(state["durations"])

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self._start = self._epoch_start = self._clock()
        self.stopped_epoch = None
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._epoch = epoch
        self._epoch_start = self._clock()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if self.elapsed + self._validation >= self.seconds:
            self._stop()

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        self._test_start = self._clock()

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        self._validation = self._clock() - self._test_start

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._durations.append(self._clock() - self._epoch_start)
        if self.elapsed + self.epoch_estimate > self.seconds:
            self._stop()

    def _stop(self) -> None:
        self.model.stop_training = True
        if self.stopped_epoch is None:
            self.stopped_epoch = self._epoch
