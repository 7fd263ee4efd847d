"""A study's page: the table, means with their intervals, accuracy over cost, what each variant sets, what failed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from atolye.report import Page, chart
from atolye.report.chart import FAINT
from atolye.study.pareto import draw_pareto, pareto_front
from atolye.study.table import COSTS, higher_is_better, number_columns

if TYPE_CHECKING:
    from atolye.study.study import Study

TEXTS = Path(__file__).with_name("page.toml")


def write_page(study: "Study", *, lang: str = "en") -> Path:
    """Write the page of a study with at least one finished trial; return the path of `report.html`."""
    results = study.results()
    metric = study.chosen_metric()
    table = study.table(metric)
    failures = study.failures()
    page = Page(study.path, texts=TEXTS, lang=lang, study=study.name, metric=metric, baseline=study.baseline)
    upward = higher_is_better(metric)
    best = str((table["mean"] if upward else -table["mean"]).idxmax(skipna=True)) if table["mean"].notna().any() else ""
    if best:
        page.headline("best", table.loc[best, "mean"], variant=best, metric=metric)
    page.headline("trials", len(results), variants=len(study.variants), seeds=len(study.seeds))
    if failures:
        page.headline("failed", len(failures))
    page.section("results", metric=metric, baseline=study.baseline, n=len(study.seeds))
    page.table("results_table", table.reset_index(), metric=metric)
    page.figure("means", draw_means(results, table, metric), metric=metric, count=len(table))
    if len(study.seeds) < 5:
        page.notice("few_seeds", n=len(study.seeds))
    if len(table) > 2:
        page.notice("many_tests", count=len(table) - 1)
    _costs(page, table, metric, upward)
    page.section("variants", baseline=study.baseline)
    page.table("variants_table", _settings(study))
    page.section("figures")
    page.table("figures_table", _all_figures(results, list(study.variants)))
    if failures:
        page.section("failures")
        page.table("failures_table", pd.DataFrame(list(failures.items()), columns=["trial", "error"]))
    return page.save(study.info(), kind="study")


def draw_means(results: pd.DataFrame, table: pd.DataFrame, metric: str) -> Figure:
    """Draw every trial as a small dot, each variant's mean with its 95 % interval over them.

    Args:
        results: one row a trial, as `Study.results` returns.
        table: one row a variant, as `Study.table` returns.
        metric: column of `results`.
    """
    figure, axes = chart(width=10.4, height=0.42 * len(table) + 1.0)
    for place, (name, row) in enumerate(table.iterrows()):
        scores = results.loc[results["variant"] == name, metric]
        axes.plot(scores, np.full(len(scores), place), ".", color=FAINT, zorder=1)
        if np.isfinite(row["high"]):
            axes.errorbar(row["mean"], place, xerr=row["high"] - row["mean"], fmt="o", capsize=3)
        else:
            axes.plot(row["mean"], place, "o")
    axes.set_yticks(range(len(table)), [str(name) for name in table.index])
    axes.set(xlabel=metric, ylim=(len(table) - 0.5, -0.5))
    return figure


def _costs(page: Page, table: pd.DataFrame, metric: str, upward: bool) -> None:
    """Add the Pareto plot over every cost that differs between the variants."""
    differing = [name for name in COSTS if name in table and table[name].nunique() > 1]
    finished = table[table["mean"].notna()]
    if not differing or finished.empty:
        return
    first = differing[0]
    front = finished.index[pareto_front(finished[first].tolist(), finished["mean"].tolist(), higher_is_better=upward)]
    page.section("costs", metric=metric)
    page.figure(
        "pareto",
        draw_pareto(finished, differing, metric=metric, higher_is_better=upward),
        metric=metric,
        front=", ".join(map(str, front)),
        cost=_COST_WORDS[first],
    )


_COST_WORDS = {
    "parameters": {"tr": "parametre", "en": "parameters"},
    "flops": {"tr": "FLOP", "en": "FLOPs"},
    "seconds": {"tr": "saniye", "en": "seconds"},
}


def _settings(study: "Study") -> pd.DataFrame:
    rows = [
        (name, ", ".join(f"{key} = {_short(value)}" for key, value in given.items()) or "—")
        for name, given in study.variants.items()
    ]
    return pd.DataFrame(rows, columns=["variant", "settings"])


def _short(value: Any) -> str:
    return str(getattr(value, "__name__", value))


def _all_figures(results: pd.DataFrame, variants: list[str]) -> pd.DataFrame:
    """Return mean and standard deviation of every figure, one row a variant and figure."""
    rows = []
    for figure in number_columns(results):
        for variant in variants:
            scores = results.loc[results["variant"] == variant, figure].astype("float64")
            rows.append((figure, variant, len(scores), _written(scores.mean()), _written(scores.std())))
    return pd.DataFrame(rows, columns=["figure", "variant", "n", "mean", "std"])


def _written(value: float) -> str:
    from atolye.report.numbers import format_number

    # One column holds figures of many sizes, so each is written by itself.
    return format_number(int(value) if float(value).is_integer() else value)
