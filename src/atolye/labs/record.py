"""What a lab leaves in `run.json`, and the short table that it prints."""

import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from atolye import __version__
from atolye.runs import machine, versions


def lab_info(
    number: str, *, mode: str, seed: int, started: float, figures: Mapping[str, Any], data: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a lab's `run.json`: what was measured, with what, where and how long.

    Args:
        number: such as `"1.1"`.
        mode: `"quick"`, `"default"` or `"full"`.
        seed: the lab's seed.
        started: `time.perf_counter()` at its start.
        figures: what the lab measured, by name.
        data: `Dataset.summary()` of its main dataset.
    """
    return {
        "format": 1,
        "kind": "lab",
        "name": f"lab-{number}",
        "mode": mode,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "atolye": __version__,
        "versions": versions(),
        "machine": machine(),
        "seed": seed,
        "precision": "float32",
        "dataset": dict(data),
        "seconds": {"total": round(time.perf_counter() - started, 3)},
        "metrics": dict(figures),
    }


def print_summary(title: str, figures: Mapping[str, Any], report: Path, *, console: Console | None = None) -> None:
    """Print a lab's figures as a table, and where its page is."""
    console = console or Console()
    table = Table(title=title, title_justify="left", show_header=False)
    for name, value in figures.items():
        table.add_row(name.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value))
    console.print(table)
    console.print(f"page: {report}", soft_wrap=True, highlight=False)
