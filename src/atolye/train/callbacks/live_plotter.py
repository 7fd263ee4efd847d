"""Curves while the training runs: sparklines in the terminal, a picture on disk after each epoch."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
from matplotlib.figure import Figure
from rich.console import Console
from rich.live import Live
from rich.table import Table

from atolye.files import atomic_path
from atolye.report.chart import chart_grid

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40  # epochs that a sparkline shows


def sparkline(values: Sequence[float]) -> str:
    """Return one bar for each value, scaled between the lowest and the highest; a dot for what is no number.

    Example:
        >>> sparkline([0.0, 0.5, 1.0, float("nan")])
        '▁▅█·'
    """
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return "·" * len(values)
    low, high = min(finite), max(finite)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[int((v - low) * scale + 0.5)] if math.isfinite(v) else "·" for v in values)


def learning_curves(history: dict[str, list[float]]) -> Figure:
    """Draw each logged number against the epoch: one panel a name, training and validation together.

    Args:
        history: values by log name, one an epoch, such as `fit(...).history`.

    Returns:
        A matplotlib figure with one panel for each name without `val_`.
    """
    names = list(dict.fromkeys(name.removeprefix("val_") for name in history))
    columns = min(len(names), 3)
    rows = math.ceil(len(names) / columns)
    figure, panels = chart_grid(rows, columns, width=3.6 * columns, height=2.8 * rows)
    for panel, name in zip(panels, names, strict=False):
        for key, label in ((name, "train"), (f"val_{name}", "validation")):
            values = history.get(key, [])
            if values:
                panel.plot(range(1, len(values) + 1), values, label=label, marker="o" if len(values) == 1 else None)
        panel.set(title=name, xlabel="epoch")
        if f"val_{name}" in history:
            panel.legend()
        if name.startswith("learning_rate") and min(history[name]) > 0:
            panel.set_yscale("log")
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    return figure


class LivePlotter(keras.callbacks.Callback):
    """Show the learning curves while the model trains.

    In a terminal each logged number is a sparkline that grows; with `path`, a PNG is rewritten after each epoch,
    whole or not at all, so that a viewer never meets half a file. Use `verbose=0` in `fit` beside it, and put it
    after callbacks that write into the logs.

    Args:
        path: the PNG; None draws no picture.
        console: where sparklines go; default the terminal, and nothing when output is not a terminal.

    Raises:
        ValueError: when `path` does not end in `.png`.

    Example:
        >>> import tempfile, numpy as np
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> path = Path(tempfile.mkdtemp()) / "curves.png"
        >>> x = np.ones((4, 2), "float32")
        >>> history = model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[LivePlotter(path)])
        >>> path.exists()
        True
    """

    def __init__(self, path: str | Path | None = None, *, console: Console | None = None) -> None:
        super().__init__()
        if path is not None and Path(path).suffix.lower() != ".png":
            raise ValueError(f"path must end in .png; received {str(path)!r}.")
        self.path = None if path is None else Path(path)
        self.console = console or Console()
        self.history: dict[str, list[float]] = {}
        self._live: Live | None = None

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        self.history = {}
        if self.console.is_terminal:
            self._live = Live(console=self.console, auto_refresh=False)
            self._live.start()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        if self._live is not None:
            self._live.update(self._table(epoch), refresh=True)
        if self.path is not None and self.history:
            figure = learning_curves(self.history)
            with atomic_path(self.path) as partial:
                figure.savefig(partial, dpi=110)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _table(self, epoch: int) -> Table:
        table = Table(title=f"epoch {epoch + 1}", box=None, title_justify="left")
        for heading in ("", "", "last", "lowest", "highest"):
            table.add_column(heading, justify="right" if heading else "left")
        for name, values in self.history.items():
            recent = values[-_WIDTH:]
            numbers = (f"{value:.4g}" for value in (values[-1], min(values), max(values)))
            table.add_row(name, sparkline(recent), *numbers)
        return table
