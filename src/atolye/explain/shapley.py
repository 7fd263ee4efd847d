"""Shapley values for a table of any kind: raw columns in, an explanation with figures out."""

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from atolye.errors import MissingExtraError
from atolye.explain.permutation_shapley import Predict, check_rows, checked_outputs, permutation_shapley
from atolye.explain.table_explanation import TableExplanation


def explain_table(
    predict: Predict,
    x: np.ndarray | pd.DataFrame,
    background: np.ndarray | pd.DataFrame,
    *,
    method: Literal["auto", "shap", "builtin"] = "auto",
    num_permutations: int = 10,
    feature_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    seed: int = 0,
) -> TableExplanation:
    """Explain the answers of any tabular model by Shapley values.

    Use it on `predict_proba` of a whole Pipeline, with raw columns (numbers and categories) in and
    probabilities out: then the values speak of the columns that people know. Explain a few dozen rows, not
    thousands.

    Reference:
        Lundberg and Lee (2017), A Unified Approach to Interpreting Model Predictions,
        https://arxiv.org/abs/1705.07874

    Args:
        predict: maps rows (a DataFrame where `x` is one) to `(n,)` or `(n, num_outputs)`.
        x: rows to explain; array or DataFrame, which may hold categories and missing values.
        background: rows from the training split with the same columns; 20 to 200 are usual.
        method: `"shap"` uses the Permutation explainer of the `shap` extra, `"builtin"` the sampling above,
            `"auto"` the first where it is installed, else the second. Both are unbiased; the numbers differ
            by sampling.
        num_permutations: orders drawn for each row, each used forwards and backwards.
        feature_names: names by column; from the DataFrame, else `"feature 0"` and so on.
        output_names: names by output, such as the class names.
        seed: seed of the orders.

    Returns:
        A `TableExplanation` with values, base, additivity gap and figures.

    Raises:
        ValueError: when `x` and `background` have other columns, or a setting is out of range.
        MissingExtraError: when `method="shap"` and the extra is not installed.

    Example:
        >>> rows = pd.DataFrame({"age": [30.0, 60.0], "city": ["Van", "Bursa"]})
        >>> score = lambda frame: frame["age"].to_numpy() + 10 * (frame["city"] == "Van").to_numpy()
        >>> explanation = explain_table(score, rows[:1], rows, method="builtin")
        >>> explanation.values.round(6).tolist(), float(explanation.base)
        ([[-15.0, 5.0]], 50.0)
    """
    if method not in ("auto", "shap", "builtin"):
        raise ValueError(f"method must be 'auto', 'shap' or 'builtin'; received {method!r}.")
    codes, background_codes, decode = _encode(x, background)
    names = list(feature_names) if feature_names is not None else _names(x, codes.shape[1])
    if len(names) != codes.shape[1]:
        raise ValueError(f"feature_names must hold {codes.shape[1]} names; received {len(names)}.")
    if method == "auto":
        method = "shap" if importlib.util.find_spec("shap") else "builtin"

    def on_codes(rows: np.ndarray) -> np.ndarray:
        return checked_outputs(predict, decode(rows))

    errors = None
    if method == "shap":
        values, base = _shap_values(on_codes, codes, background_codes, num_permutations, seed)
    else:
        values, base, errors = permutation_shapley(
            on_codes, codes, background_codes, num_permutations=num_permutations, seed=seed
        )
    return TableExplanation(
        values=values,
        base=base,
        outputs=on_codes(codes),
        rows=x if isinstance(x, pd.DataFrame) else pd.DataFrame(x, columns=names),
        feature_names=tuple(names),
        output_names=None if output_names is None else tuple(output_names),
        method=method,
        standard_error=errors,
    )


def _shap_values(
    predict: Predict, x: np.ndarray, background: np.ndarray, num_permutations: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    try:
        import shap
    except ImportError as error:
        raise MissingExtraError("shap", "shap") from error
    masker = shap.maskers.Independent(background, max_samples=len(background))
    explainer = shap.explainers.Permutation(predict, masker, seed=seed)
    evaluations = num_permutations * (2 * x.shape[1] + 1)
    result = explainer(x, max_evals=evaluations, silent=True)
    return np.asarray(result.values, float), np.asarray(result.base_values[0], float)


def _encode(
    x: np.ndarray | pd.DataFrame, background: np.ndarray | pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, Callable[[np.ndarray], Any]]:
    """Return both tables as numbers, and the function that turns such numbers into rows for the model again.

    A DataFrame's cells become positions in the column's list of values, so that text, categories and missing
    values can be mixed like numbers.
    """
    if not isinstance(x, pd.DataFrame):
        x, background = np.asarray(x, float), np.asarray(background, float)
        check_rows(x, background)
        return x, background, lambda rows: rows
    received = list(background.columns) if isinstance(background, pd.DataFrame) else type(background).__name__
    if received != list(x.columns):
        raise ValueError(
            f"background must be a DataFrame with the columns of x, {list(x.columns)}; received {received}."
        )
    pool: pd.DataFrame = pd.concat([pd.DataFrame(background), x], ignore_index=True)
    columns = [pd.factorize(pool[name], use_na_sentinel=False) for name in pool.columns]
    codes = np.stack([code for code, _ in columns], axis=1).astype(float)
    check_rows(codes[len(background) :], codes[: len(background)])

    def decode(rows: np.ndarray) -> pd.DataFrame:
        positions = rows.astype(int)
        data = {
            name: pd.Series(values.take(positions[:, column])).astype(pool[name].dtype)
            for column, (name, (_, values)) in enumerate(zip(pool.columns, columns, strict=True))
        }
        return pd.DataFrame(data)

    return codes[len(background) :], codes[: len(background)], decode


def _names(x: np.ndarray | pd.DataFrame, count: int) -> list[str]:
    if isinstance(x, pd.DataFrame):
        return [str(name) for name in x.columns]
    return [f"feature {index}" for index in range(count)]
