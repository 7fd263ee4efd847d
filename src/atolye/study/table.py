"""From trials to one row a variant: mean, spread, interval, and the paired difference from the baseline."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from atolye.errors import did_you_mean
from atolye.evaluate import compare_paired

COSTS = ("parameters", "flops", "seconds")
LOWER_IS_BETTER = {"loss", "rmse", "mae", "mse", "error", "ece", "nll", "perplexity"}
GAIN = ("gain", "gain_low", "gain_high", "p_value")


def study_table(results: pd.DataFrame, *, metric: str, variants: Sequence[str], baseline: str) -> pd.DataFrame:
    """Return one row a variant.

    Reference: Student (1908), The Probable Error of a Mean, https://doi.org/10.2307/2331554.

    Args:
        results: one row a trial: `variant`, `seed`, figures.
        metric: the figure to compare.
        variants: names in the order of the rows.
        baseline: the variant that the others are held against, over the seeds that both have.

    Returns:
        Index `variant`; columns as in `Study.table`.

    Raises:
        ValueError: when no trial has the figure; the nearest is told.

    Example:
        >>> rows = [("a", 0, 0.5), ("a", 1, 0.7), ("b", 0, 0.6), ("b", 1, 0.9)]
        >>> frame = pd.DataFrame(rows, columns=["variant", "seed", "score"])
        >>> study_table(frame, metric="score", variants=["a", "b"], baseline="a")["gain"].round(3).tolist()
        [nan, 0.15]
    """
    names = number_columns(results)
    if metric not in names:
        raise ValueError(
            f"no trial has the figure {metric!r}.{did_you_mean(metric, names)} Figures: {', '.join(names)}."
        )
    finite = results[names].replace([np.inf, -np.inf], np.nan)
    scores = finite[metric].astype("float64").set_axis(pd.MultiIndex.from_frame(results[["variant", "seed"]]))
    costs = [name for name in COSTS if name in names and name != metric]
    rows = []
    for variant in variants:
        mine = scores[scores.index.get_level_values("variant") == variant].droplevel("variant")
        theirs = scores[scores.index.get_level_values("variant") == baseline].droplevel("variant")
        row = _spread(mine) | (_gain(mine, theirs) if variant != baseline else dict.fromkeys(GAIN, np.nan))
        rows.append(row | {name: _mean(finite.loc[results["variant"] == variant, name]) for name in costs})
    return pd.DataFrame(rows, index=pd.Index(variants, name="variant"))


def default_metric(figures: Sequence[str]) -> str:
    """Return the figure to compare when none is named: on validation where there is one, else the first.

    Example:
        >>> default_metric(["seconds", "test_accuracy", "val_accuracy"])
        'val_accuracy'
    """
    first = [name for name in figures if name not in COSTS] or list(figures)
    return next((name for name in ("val_accuracy", "val_rmse") if name in first), first[0])


def number_columns(results: pd.DataFrame) -> list[str]:
    """Return the names of the figures that are numbers."""
    numbers = results.select_dtypes("number")
    return [str(name) for name in numbers.columns if name not in ("variant", "seed")]


def higher_is_better(metric: str) -> bool:
    """Say in which direction a figure is better, by its name: losses and errors are better when low.

    Example:
        >>> higher_is_better("val_accuracy"), higher_is_better("test_log_loss")
        (True, False)
    """
    return metric not in COSTS and not set(metric.lower().split("_")) & LOWER_IS_BETTER


def _spread(scores: pd.Series) -> dict[str, Any]:
    count, mean, std = len(scores), scores.mean(skipna=False), scores.std(skipna=False)
    half = stats.t.ppf(0.975, count - 1) * std / count**0.5 if count > 1 else np.nan
    return {"n": count, "mean": mean, "std": std, "low": mean - half, "high": mean + half}


def _gain(mine: pd.Series, theirs: pd.Series) -> dict[str, float]:
    seeds = [seed for seed in mine.index if seed in theirs.index]
    if not seeds:
        return dict.fromkeys(GAIN, np.nan)
    if len(seeds) == 1 or mine[seeds].isna().any() or theirs[seeds].isna().any():
        return dict.fromkeys(GAIN, np.nan) | {"gain": float((mine[seeds] - theirs[seeds]).mean(skipna=False))}
    found = compare_paired(mine[seeds].tolist(), theirs[seeds].tolist())
    return dict(zip(GAIN, (found.gain, found.low, found.high, found.p_value), strict=True))


def _mean(values: pd.Series) -> Any:
    """Return the mean; a whole number where all are the same one, such as parameters."""
    mean = values.mean()
    return int(mean) if values.nunique() == 1 and float(mean).is_integer() else mean
