"""A progress bar for work that is counted: files read, images passed through a network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def progress_bar(title: str, *, console: Console | None = None) -> Iterator[Callable[[int, int], None]]:
    """Yield a `progress(done, total)` function that draws a bar with the time left; nothing outside of a terminal.

    Args:
        title: words before the bar.
        console: where to draw; default the standard error stream, so that tables on the standard output stay clean.

    Example:
        >>> with progress_bar("reading files") as progress:
        ...     progress(1, 2)
    """
    console = console or Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, visible=False)

        def progress(done: int, total: int) -> None:
            # Gone as soon as all is done: what comes next draws a bar of its own.
            bar.update(task, completed=done, total=total, visible=done < total)
            if done >= total:
                bar.stop()

        yield progress
