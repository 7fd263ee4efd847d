"""Variants trained over several seeds, as one table: the mean of the last epoch and its spread."""

from collections.abc import Mapping, Sequence

import pandas as pd


def seed_table(runs: Mapping[str, Sequence[pd.DataFrame]], *, by: str = "val_accuracy") -> pd.DataFrame:
    """Return the last epoch of each variant, mean over its seeds, best first.

    Args:
        runs: histories by variant, one a seed: a row an epoch, a column a metric.
        by: the metric to sort by, higher is better; `spread` is its standard deviation over the seeds.

    Returns:
        One row a variant, the variant as index; `spread` is NaN for a single seed.

    Raises:
        ValueError: when a variant has no history, or `by` is not in it.

    Example:
        >>> first, second = pd.DataFrame({"val_accuracy": [0.5, 0.7]}), pd.DataFrame({"val_accuracy": [0.6, 0.9]})
        >>> seed_table({"a": [first, second]}).round(3).to_dict("index")
        {'a': {'val_accuracy': 0.8, 'spread': 0.141}}
    """
    for name, histories in runs.items():
        if not histories or by not in histories[0]:
            raise ValueError(f"Received no {by!r} for {name!r}; expected at least one history with it.")
    last = {name: pd.DataFrame([frame.iloc[-1] for frame in histories]) for name, histories in runs.items()}
    table = pd.DataFrame({name: frame.mean() for name, frame in last.items()}).T
    table["spread"] = [frame[by].std() for frame in last.values()]
    return table.sort_values(by, ascending=False)
