"""`atolye study FILE`: variants x seeds of a recipe, one table, one page."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atolye.cli.errors import one_line_errors
from atolye.cli.options import DataDir, Lang, Language

if TYPE_CHECKING:
    import pandas as pd

    from atolye.study import Study, Trial


@one_line_errors
def study(
    file: Annotated[Path, typer.Argument(help="TOML file with [base], [variants.NAME] and seeds.")],
    workers: Annotated[int, typer.Option(help="Processes that train side by side and share the cores.")] = 1,
    out: Annotated[Path | None, typer.Option(help="The study's folder; default: runs/NAME.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON.")] = False,
    data_dir: DataDir = None,
    lang: Language = Lang.en,
) -> None:
    """Train every variant with every seed, and print means, intervals and paired differences from the baseline.

    Stopped at any moment and started again, it does what is missing. Exit code 1 when a trial failed; the others go on.

    Example: atolye study width.toml --workers 2
    """
    from atolye.study import AllTrialsFailedError, LocalProcesses, OneAfterAnother, Study

    given = {"data_dir": str(data_dir)} if data_dir else {}
    made = Study.from_toml(file, out=out, **given)
    runner = LocalProcesses(workers) if workers != 1 else OneAfterAnother()
    try:
        table = made.run(runner, finished=_Announcer(made), lang=lang)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; go on with: atolye study {file}", err=True)
        raise typer.Exit(130) from None
    except AllTrialsFailedError as none:
        typer.echo(f"error: {none}", err=True)
        raise typer.Exit(1) from None
    failures = made.failures()
    if as_json:
        _print_json(made, table, failures)
    else:
        _print_table(made, table)
    for name, error in failures.items():
        typer.echo(f"failed: {name}: {error}", err=True)
    if failures:
        raise typer.Exit(1)


class _Announcer:
    """Print a line after each trial: what it measured, and how long the rest may take."""

    def __init__(self, study: "Study") -> None:
        self._metric = study.metric
        self._start = time.perf_counter()
        self._done = 0

    def __call__(self, trial: "Trial", left: int) -> None:
        from atolye.cli.output import number
        from atolye.report.numbers import duration
        from atolye.study.table import default_metric

        self._done += 1
        record: dict[str, Any] = trial.read() or {}
        figures = record.get("figures", {})
        metric = self._metric or (default_metric(_numbers(figures)) if figures else "")
        told = f"{metric} {number(figures.get(metric))}" if figures else f"failed: {record.get('error')}"
        rest = duration((time.perf_counter() - self._start) / self._done * left, "en")
        typer.echo(f"{trial.path.name}: {told}" + (f"; {left} left, about {rest}" if left else ""), err=True)


def _numbers(figures: dict[str, Any]) -> list[str]:
    return [name for name, value in figures.items() if isinstance(value, int | float)]


def _print_table(study: "Study", table: "pd.DataFrame") -> None:
    from rich.box import SIMPLE
    from rich.table import Table

    from atolye.cli.output import console, count
    from atolye.study.table import COSTS

    title = f"{study.name}: {study.chosen_metric()} with its 95 % interval, against {study.baseline}"
    shown = Table(title=title, box=SIMPLE, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("variant", overflow="fold")
    costs = [name for name in COSTS if name in table]
    for heading in ("n", "mean", "difference", "p", *costs):
        shown.add_column(heading, justify="right")
    for name, row in table.iterrows():
        mean, gain = _interval(row["mean"], row["high"]), _interval(row["gain"], row["gain_high"])
        # Parameters and FLOPs have many digits, and 80 columns must do.
        cost = [_known(row[column]) if column == "seconds" else count(row[column]) for column in costs]
        shown.add_row(str(name), str(int(row["n"])), mean, gain, _known(row["p_value"]), *cost)
    console.print(shown)
    console.print(f"report: {study.path / 'report.html'}", soft_wrap=True, highlight=False)


def _interval(middle: float, high: float) -> str:
    return _known(middle) + ("" if high != high else f" ± {high - middle:.2g}")


def _known(value: float) -> str:
    return "-" if value != value else f"{int(value)}" if float(value).is_integer() else f"{value:.4g}"


def _print_json(study: "Study", table: "pd.DataFrame", failures: dict[str, str]) -> None:
    import json

    rows = json.loads(table.to_json(orient="index", double_precision=15))  # what is not a number becomes null
    content = {"study": study.name, "metric": study.chosen_metric(), "baseline": study.baseline}
    typer.echo(json.dumps(content | {"table": rows, "failed": failures}, ensure_ascii=False))
