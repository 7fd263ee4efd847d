"""What commands print: tables of figures, and a bar while files are read."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from atolye.runs import Run

console = Console()


def reading_bar() -> AbstractContextManager[Callable[[int, int], None]]:
    """Return a context that gives a `progress(done, total)` function, for files that are read."""
    from atolye.train.progress_bar import progress_bar

    return progress_bar("reading files")


def show_run(run: "Run") -> None:
    """Print a run's figures and where its files are."""
    metrics = run.info["metrics"]
    table = Table(title=f"{run.name}: {run.info['dataset']['name']}, {run.info['model']['name']}")
    table.add_column("figure")
    for split in metrics:
        table.add_column(split, justify="right")
    for name in metrics["test"]:
        table.add_row(name, *(number(metrics[split].get(name)) for split in metrics))
    console.print(table)
    seconds = run.info["seconds"]
    console.print(
        f"{run.info['epochs_run']} epochs in {seconds['train']:.1f} s, best epoch {run.info['best_epoch']}, "
        f"precision {run.info['precision']['policy']}",
        highlight=False,
    )
    if "views" in run.info:
        once = run.info["views"]["metrics_of_one_look"]["test"]
        told = "accuracy" if "accuracy" in once else "mae"
        console.print(
            f"figures are of the mean over views of each image ({run.info['views']['views']}); one look: test {told} "
            f"{number(once[told])}",
            highlight=False,
            soft_wrap=True,
        )
    for name in ("report.html", "model.keras"):
        console.print(f"{name.partition('.')[0]}: {run.path / name}", soft_wrap=True, highlight=False)


def count(value: float | None) -> str:
    """Return a count in thousands, millions or more, with three significant digits, and a dash for none.

    Example:
        >>> count(999), count(81_162_240), count(None)
        ('999', '81.2 M', '-')
    """
    if value is None or value != value:
        return "-"
    for size, unit in ((10**9, " G"), (10**6, " M"), (10**3, " k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.4g}"


def number(value: float | None) -> str:
    """Return a figure with four significant digits, and a dash for none."""
    return "-" if value is None else f"{value:.4g}"
