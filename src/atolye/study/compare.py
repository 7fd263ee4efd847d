"""Runs side by side: where their recipes differ, then their figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from atolye.runs import Run
from atolye.study.trial import run_figures


@dataclass(frozen=True)
class RunComparison:
    """What `compare_runs` found.

    Args:
        recipe: one row a recipe key that differs, one column a run; None where a run left it to the data.
        figures: one row a figure, one column a run.
        same_data: whether all runs have the same data; figures of different test splits are not comparable.
    """

    recipe: pd.DataFrame
    figures: pd.DataFrame
    same_data: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: `recipe` by key and run, `figures` by run and name, `same_data`."""
        return {
            "same_data": self.same_data,
            "recipe": {str(key): dict(row) for key, row in self.recipe.iterrows()},
            "figures": {
                str(name): {str(key): None if pd.isna(value) else value for key, value in column.items()}
                for name, column in self.figures.items()
            },
        }


def compare_runs(runs: Mapping[str, Run]) -> RunComparison:
    """Compare two trainings or more: the recipe keys that differ first, then the numbers.

    Args:
        runs: trainings by the name to show.

    Raises:
        ValueError: when there are fewer than two, or one is no training.

    Example:
        print(compare_runs({"plain": Run("runs/plain"), "wide": Run("runs/wide")}).figures)
    """
    if len(runs) < 2:
        raise ValueError(f"compare needs two different runs or more; received {len(runs)}.")
    for name, run in runs.items():
        if run.info["kind"] != "training":
            raise ValueError(f"{name} is a {run.info['kind']}, not a training. Compare runs that atolye train made.")
    recipes = {name: run.recipe for name, run in runs.items()}
    keys = dict.fromkeys(key for recipe in recipes.values() for key in recipe)
    rows = {key: [recipe.get(key) for recipe in recipes.values()] for key in keys}
    differing = {key: values for key, values in rows.items() if any(value != values[0] for value in values)}
    recipe = pd.DataFrame.from_dict(differing, orient="index", columns=list(runs), dtype=object)
    figures = pd.DataFrame({name: run_figures(run.info) for name, run in runs.items()}, dtype=object)
    hashes = {run.info["dataset"]["hash"] for run in runs.values()}
    return RunComparison(recipe.astype(object).where(recipe.notna(), None), figures, len(hashes) == 1)
