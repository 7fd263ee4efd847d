"""A progress bar for `fit`: epoch, metrics and the time left; a line now and then where there is no terminal."""

import time
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 30.0  # in a log: short trainings leave none, long ones are seen to go on


class RichProgress(keras.callbacks.Callback):
    """Show one bar over all epochs with the last metrics beside it.

    Use it with `fit(..., verbose=0)`. Keras's own bar prints a line an epoch and no time for the whole training. Where
    the output is no terminal but a file, it writes lines instead: after an epoch, at most one in 30 seconds, and
    within a long epoch every 30 seconds, with the time that is left.

    Args:
        title: words before the bar.
        console: where to draw; default the standard error stream, so that tables on the standard output stay clean.

    Example:
        model.fit(x, y, epochs=5, verbose=0, callbacks=[RichProgress("mnist")])
    """

    def __init__(self, title: str = "training", *, console: Console | None = None) -> None:
        super().__init__()
        self.title = title
        self.console = console or Console(stderr=True)
        self._progress: Progress | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._last_line = self._last_epoch_line = time.monotonic()
        self._first_epoch: int | None = None
        if not self.console.is_terminal:
            return
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(),
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            TextColumn("[cyan]{task.fields[metrics]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self._progress.start()
        epochs, steps = self.params["epochs"], self.params.get("steps") or 1
        self._task = self._progress.add_task(self.title, total=epochs * steps, epoch=1, epochs=epochs, metrics="")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch
        if self._first_epoch is None:
            self._first_epoch, self._began = epoch, time.monotonic()
        if self._progress:
            self._progress.update(self._task, epoch=epoch + 1)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        steps = self.params.get("steps") or 1
        if self._progress:
            self._progress.update(self._task, completed=self._epoch * steps + batch + 1)
        elif batch + 1 < steps and time.monotonic() - self._last_line >= SECONDS_BETWEEN_LINES:
            first = self._first_epoch or 0  # not 0 where a training goes on
            done = self._epoch - first + (batch + 1) / steps
            left = (time.monotonic() - self._began) / done * (self.params["epochs"] - first - done)
            self._write(f", update {batch + 1} of {steps}, about {_time_left(left)} left", logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._progress:
            self._progress.update(self._task, metrics=_metrics(logs))
        elif time.monotonic() - self._last_epoch_line >= SECONDS_BETWEEN_LINES:  # whatever was told within the epoch
            self._last_epoch_line = time.monotonic()
            self._write("", logs)

    def _write(self, where: str, logs: dict[str, Any] | None) -> None:
        """Write a line to the log; what validation gave stands at the end of an epoch's."""
        self._last_line = time.monotonic()
        line = f"{self.title}: epoch {self._epoch + 1}/{self.params['epochs']}{where}  {_metrics(logs)}"
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away; call it when `fit` ends with an error."""
        if self._progress:
            self._progress.stop()
            self._progress = None


def _metrics(logs: dict[str, Any] | None) -> str:
    """Return names and values of what is measured of a training, without rates and seconds."""
    shown = {name: value for name, value in (logs or {}).items() if not name.startswith(("learning_", "seconds"))}
    return "  ".join(f"{name} {value:.4g}" for name, value in shown.items())


def _time_left(seconds: float) -> str:
    """Return seconds in words, in minutes from two on."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
