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

_ROWS_AT_ONCE = 65_536  # rows in one call of the model: enough to be fast, little enough for memory


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
        orders = np.stack([generator.permutation(num_features) for _ in range(num_permutations)])
        both = np.concatenate([orders, orders[:, ::-1]])  # (2 * num_permutations, num_features)
        blocks = range(0, len(both), max(1, _ROWS_AT_ONCE // (num_features * len(background))))
        parts = [
            _contributions(predict, row, background, both[start : start + blocks.step], base, answer)
            for start in blocks
        ]
        forward, backward = np.split(np.concatenate(parts), 2)
        samples = (forward + backward) / 2  # (num_permutations, num_features[, num_outputs])
        values.append(samples.mean(axis=0))
        spread = samples.std(axis=0, ddof=1) if num_permutations > 1 else np.full_like(samples[0], np.nan)
        errors.append(spread / np.sqrt(num_permutations))
    return np.stack(values), base, np.stack(errors)


def _contributions(
    predict: Predict, row: np.ndarray, background: np.ndarray, orders: np.ndarray, base: Any, answer: Any
) -> np.ndarray:
    """Return what each feature added when the features of `row` were revealed, for each order, one row an order."""
    num_orders, num_features = orders.shape
    ranks = np.argsort(orders, axis=1)
    # Step s (1 .. num_features - 1) has revealed the first s features.
    known = ranks[:, None, :] < np.arange(1, num_features)[:, None]  # (num_orders, num_features - 1, num_features)
    mixed = np.where(known[:, :, None, :], row, background).reshape(-1, num_features)
    inner = np.empty((num_orders, 0, *np.shape(base)))
    if len(mixed):
        outputs = checked_outputs(predict, mixed)
        inner = outputs.reshape(num_orders, num_features - 1, len(background), *outputs.shape[1:]).mean(axis=2)
    ends = [np.broadcast_to(end, (num_orders, 1, *np.shape(base))) for end in (base, answer)]
    steps = np.diff(np.concatenate([ends[0], inner, ends[1]], axis=1), axis=1)  # in the order of revealing
    return np.stack([gain[rank] for gain, rank in zip(steps, ranks, strict=True)])


def checked_outputs(predict: Predict, rows: Any) -> np.ndarray:
    """Return `predict(rows)` as float64, or say that its shape is wrong."""
    outputs = np.asarray(predict(rows), float)
    if outputs.ndim not in (1, 2) or len(outputs) != len(rows):
        raise ValueError(
            f"predict must return (n,) or (n, num_outputs) for n rows; received shape {outputs.shape} "
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
