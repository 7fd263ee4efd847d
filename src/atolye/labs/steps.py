"""A progress bar over the parts of a lab, with the time left."""

import atexit
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Steps:
    """Show which part of a lab is running and how long the rest will take; nothing where there is no terminal.

    Args:
        title: words before the bar.
        shares: the parts in order, each with its share of the time, in any unit.
        console: where to draw; default the standard error stream.

    Example:
        >>> step = Steps("lab 1.1", {"data": 1, "training": 9})
        >>> step("data")
        >>> step("training")
        >>> step.done()
    """

    def __init__(self, title: str, shares: Mapping[str, float], *, console: Console | None = None) -> None:
        self._shares = dict(shares)
        console = console or Console(stderr=True)
        self._progress = Progress(
            TextColumn(f"[bold]{title}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("", total=sum(self._shares.values()))

    def __call__(self, part: str) -> None:
        """Say that `part` begins, and so that all before it are done."""
        if part not in self._shares:
            raise ValueError(f"Received the part {part!r}; expected one of {list(self._shares)}.")
        parts = list(self._shares)
        completed = sum(self._shares[name] for name in parts[: parts.index(part)])
        self._progress.start()
        atexit.register(self.done)  # a lab that ends with an error gives the terminal back
        self._progress.update(self._task, completed=completed, description=part)

    def done(self) -> None:
        """Take the bar away; the lab is over."""
        atexit.unregister(self.done)
        self._progress.stop()
