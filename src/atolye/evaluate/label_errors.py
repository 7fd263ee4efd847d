"""Labels that are likely wrong: where the model is as sure of another class as it is of that class's own examples."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from atolye.evaluate.probabilities import checked_probabilities

SURE = 0.9  # the other class is at least this likely,
UNLIKELY = 0.05  # and the label at most this


def likely_label_errors(targets: ArrayLike, probabilities: ArrayLike) -> pd.DataFrame:
    """Return the examples whose label the model contradicts with all its confidence, most doubtful first.

    Look at each: it is a wrong label, a mistake of the model, or an example of two classes. The probabilities must come
    from a model that was not trained on these examples.

    Reference: Northcutt et al. (2021), Confident Learning, https://arxiv.org/abs/1911.00068. A label is doubted where
    another class is more likely than that class is, on average, on its own examples.

    Args:
        targets: class ids, shape `(n,)`.
        probabilities: shape `(n, classes)`; a vector is the probability of class 1.

    Returns:
        A table with the columns `row` (number of the example), `target`, `suggested` (class ids), `confidence` (of the
        suggested class) and `label_confidence` (of the label).

    Example:
        >>> probabilities = np.array([[0.99, 0.01], [0.9, 0.1], [0.2, 0.8], [0.98, 0.02]])
        >>> likely_label_errors([0, 0, 1, 1], probabilities)[["row", "suggested"]].to_numpy().tolist()
        [[3, 0]]
    """
    ids, values = checked_probabilities(targets, probabilities)
    classes = values.shape[1]
    usual = np.full(classes, np.inf)  # a class without examples suggests nothing
    for label in np.unique(ids):
        usual[label] = values[ids == label, label].mean()
    rows = np.arange(len(ids))
    others = np.where(np.arange(classes) == ids[:, None], 0.0, values)
    suggested = others.argmax(axis=1)
    confidence, own = others[rows, suggested], values[rows, ids]
    doubted = (confidence >= np.maximum(usual[suggested], SURE)) & (own <= UNLIKELY)
    table = pd.DataFrame(
        {
            "row": rows,
            "target": ids,
            "suggested": suggested,
            "confidence": confidence,
            "label_confidence": own,
        }
    )[doubted]
    return table.sort_values(["confidence", "row"], ascending=[False, True]).reset_index(drop=True)
