"""The examples worth a look: wrong and sure of it, or far off."""

import pandas as pd


def most_confident_mistakes(frame: pd.DataFrame, count: int = 20) -> pd.DataFrame:
    """Return the wrong answers that the model was surest of, surest first.

    They are the quickest way to labels that are wrong, images that are broken and classes that overlap.

    Args:
        frame: predictions with the columns `id`, `target`, `prediction` and `confidence`.
        count: rows at most.

    Returns:
        The rows of `frame` that are wrong, by falling confidence; ties by `id`, so that the order is stable.

    Example:
        >>> frame = pd.DataFrame({"id": ["a", "b"], "target": [0, 1], "prediction": [1, 1]})
        >>> frame["confidence"] = [0.8, 0.9]
        >>> most_confident_mistakes(frame)["id"].tolist()
        ['a']
    """
    wrong = frame[frame["prediction"] != frame["target"]]
    return wrong.sort_values(["confidence", "id"], ascending=[False, True]).head(count).reset_index(drop=True)


def least_confident_hits(frame: pd.DataFrame, count: int = 20) -> pd.DataFrame:
    """Return the right answers that the model was least sure of, least sure first: luck, or examples at a border.

    Args:
        frame: predictions with the columns `id`, `target`, `prediction` and `confidence`.
        count: rows at most.

    Example:
        >>> frame = pd.DataFrame({"id": ["a", "b"], "target": [0, 1], "prediction": [0, 1]})
        >>> least_confident_hits(frame.assign(confidence=[0.8, 0.4]))["id"].tolist()
        ['b', 'a']
    """
    right = frame[frame["prediction"] == frame["target"]]
    return right.sort_values(["confidence", "id"]).head(count)


def largest_errors(frame: pd.DataFrame, count: int = 20) -> pd.DataFrame:
    """Return the rows of a regression that are furthest off, with a column `error` (prediction - target).

    Args:
        frame: predictions with the columns `id`, `target` and `prediction`.
        count: rows at most.

    Example:
        >>> frame = pd.DataFrame({"id": ["a", "b"], "target": [1.0, 2.0], "prediction": [1.5, 9.0]})
        >>> largest_errors(frame, 1)["error"].tolist()
        [7.0]
    """
    scored = frame.assign(error=frame["prediction"] - frame["target"])
    scored = scored.assign(size=scored["error"].abs())
    ordered = scored.sort_values(["size", "id"], ascending=[False, True]).head(count)
    return ordered.drop(columns="size").reset_index(drop=True)
