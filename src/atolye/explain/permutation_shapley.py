"""Shapley values of a table's rows: how much each feature moved the model's answer away from its average.

The value of a feature is its mean marginal contribution over all orders in which features can be revealed;
what is not revealed yet is filled in from background rows. Orders are sampled, each together with its
reverse:

    for each order p and its reverse:  phi[p_i] += v({p_1..p_i}) - v({p_1..p_(i-1)})
    v(S) = mean over background rows b of f(x on S, b elsewhere)

One order and its reverse are already exact for a model whose features interact in pairs at most.

Paper: Lundberg and Lee (2017), https://arxiv.org/abs/1705.07874; sampling with reverses: Mitchell et al.
(2022), https://arxiv.org/abs/2104.12199.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Predict = Callable[[Any], Any]


def permutation_shapley(
    predict: Predict, x: np.ndarray, background: np.ndarray, *, num_permutations: int = 10, seed: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimate Shapley values by antithetic permutation sampling, with nothing but NumPy.

    Use `explain_table` unless you want the bare arrays. The cost is `2 · num_permutations · (num_features -
    1) + 2` evaluations of the model for each pair of an explained and a background row.

    Reference:
        Mitchell, Cooper, Frank and Holmes (2022), Sampling Permutations for Shapley Value Estimation,
        https://arxiv.org/abs/2104.12199

    Args:
        predict: maps rows of shape `(n, num_features)` to `(n,)` or `(n, num_outputs)`.
        x: rows to explain, `(num_rows, num_features)`.
        background: rows that stand for "not known", `(num_background, num_features)`; 20 to 200 are usual.
        num_permutations: orders drawn, each used forwards and backwards.
        seed: seed of the orders.

    Returns:
        `(values, base, standard_error)`: values and their standard error over the orders, of shape
        `(num_rows, num_features)` or `(num_rows, num_features, num_outputs)`, and the mean output on the
        background. The error is NaN with one order.

    Example:
        >>> x, background = np.ones((1, 2)), np.zeros((3, 2))
        >>> values, base, _ = permutation_shapley(lambda rows: rows @ [1.0, 2.0], x, background)
        >>> values.tolist(), float(base)
        ([[1.0, 2.0]], 0.0)
    """
    check_rows(x, background)
    if num_permutations < 1:
        raise ValueError(f"num_permutations must be at least 1; received {num_permutations}.")
    generator = np.random.default_rng(seed)
    num_features = x.shape[1]
    base = checked_outputs(predict, background).mean(axis=0)
    full = checked_outputs(predict, x)  # v of all features needs no background
    values, errors = [], []
    for row, answer in zip(x, full, strict=True):
        paired = []
        for _ in range(num_permutations):
            order = generator.permutation(num_features)
            forward = _contributions(predict, row, background, order, base, answer)
            backward = _contributions(predict, row, background, order[::-1], base, answer)
            paired.append((forward + backward) / 2)
        samples = np.stack(paired)  # (num_permutations, num_features[, num_outputs])
        values.append(samples.mean(axis=0))
        spread = samples.std(axis=0, ddof=1) if num_permutations > 1 else np.full_like(samples[0], np.nan)
        errors.append(spread / np.sqrt(num_permutations))
    return np.stack(values), base, np.stack(errors)


def _contributions(
    predict: Predict, row: np.ndarray, background: np.ndarray, order: np.ndarray, base: Any, answer: Any
) -> np.ndarray:
    """Return what each feature added when the features of `row` were revealed in `order`."""
    num_features, num_background = len(row), len(background)
    rank = np.argsort(order)
    # Step s (1 .. num_features-1) has revealed the first s features: (steps, 1, num_features), broadcast
    # over background
    known = (rank[None, :] < np.arange(1, num_features)[:, None])[:, None, :]
    mixed = np.where(known, row, background[None]).reshape(-1, num_features)
    inner = np.empty((0, *np.shape(base)))
    if len(mixed):
        outputs = checked_outputs(predict, mixed)
        inner = outputs.reshape(num_features - 1, num_background, *outputs.shape[1:]).mean(axis=1)
    path = np.concatenate([np.asarray(base)[None], inner, np.asarray(answer)[None]])
    return np.diff(path, axis=0)[rank]


def checked_outputs(predict: Predict, rows: Any) -> np.ndarray:
    """Return `predict(rows)` as float64, or say that its shape is wrong."""
    outputs = np.asarray(predict(rows), float)
    if outputs.ndim not in (1, 2) or len(outputs) != len(rows):
        raise ValueError(
            f"predict must return (n,) or (n, numchecked_outputs) for n rows; received shape {outputs.shape} "
            f"for {len(rows)} rows."
        )
    return outputs


def check_rows(x: np.ndarray, background: np.ndarray) -> None:
    """Refuse tables that are empty or have other columns."""
    if x.ndim != 2 or background.ndim != 2 or x.shape[1] != background.shape[1]:
        raise ValueError(
            "x and background must be tables with the same columns; received shapes "
            f"{x.shape} and {background.shape}. Slice one row as x[:1], not x[0]."
        )
    if not len(x) or not len(background):
        raise ValueError(f"x and background must hold rows; received {len(x)} and {len(background)}.")
