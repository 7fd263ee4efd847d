"""Rule: targets are what the loss expects: class ids below the number of units, or numbers in [0, 1]."""

from typing import Any

import keras
import numpy as np

from atolye.doctor.finding import Finding
from atolye.doctor.trained_outputs import TrainedOutput, by_output, trained_outputs


def targets_out_of_range(model: keras.Model, targets: Any) -> Finding | None:
    """Find targets that the loss of their output cannot take.

    Keras says nothing on most of them: a class id without a unit gives NaN, or the loss of another class.

    Args:
        model: a compiled model.
        targets: an array, or a list or dictionary of arrays in the structure of the outputs.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "softmax", name="kind")])
        >>> model.compile("sgd", "sparse_categorical_crossentropy")
        >>> targets_out_of_range(model, np.array([1, 2, 3])).cause
        "Received class ids from 1 to 3 for the 3 units of output 'kind'"
    """
    outputs = trained_outputs(model)
    given = by_output(targets, [output.name for output in outputs])
    for output in outputs:
        target = given.get(output.name)
        if target is None or output.loss is None:
            continue
        finding = _check(output, np.asarray(target))
        if finding is not None:
            return finding
    return None


def _check(output: TrainedOutput, target: np.ndarray) -> Finding | None:
    if not (np.issubdtype(target.dtype, np.number) or target.dtype == bool):
        return Finding(
            f"Received targets of type {target.dtype} for output {output.name!r}",
            "a loss takes numbers",
            "Give class ids, such as those of sklearn.preprocessing.LabelEncoder",
        )
    broken = int(np.count_nonzero(~np.isfinite(target)))
    if broken:
        return Finding(
            f"Received {broken} targets that are NaN or infinite for output {output.name!r}",
            "the loss would be NaN from the first such batch on",
            "Remove or fill in those examples",
        )
    if not target.size:
        return None
    rules = {"sparse": _class_ids, "categorical": _shares, "binary": _yes_or_no}
    return rules[output.family](output, target) if output.family in rules else None


def _class_ids(output: TrainedOutput, target: np.ndarray) -> Finding | None:
    if output.units and output.units > 1 and target.ndim > 1 and target.shape[-1] == output.units:
        return Finding(
            f"Received one-hot targets of shape {target.shape} for output {output.name!r}",
            "a sparse loss takes class ids",
            "Use the categorical loss, or targets.argmax(axis=-1)",
        )
    if (target != np.floor(target)).any():
        return Finding(
            f"Received targets that are not whole numbers for output {output.name!r}",
            "a sparse loss takes class ids and cuts the fraction off",
            "Give class ids, or use a regression loss",
        )
    low, high = int(target.min()), int(target.max())
    if low < 0 or (output.units is not None and high >= output.units):
        return Finding(
            f"Received class ids from {low} to {high} for the {output.units} units of output {output.name!r}",
            f"ids must be from 0 to {(output.units or 1) - 1}",
            f"Give the last layer {high + 1} units" if low >= 0 else "Number the classes from 0",
        )
    return None


def _shares(output: TrainedOutput, target: np.ndarray) -> Finding | None:
    if output.units is not None and target.shape[-1:] != (output.units,):
        return Finding(
            f"Received targets of shape {target.shape} for the {output.units} units of output {output.name!r}",
            "a categorical loss takes one-hot rows",
            "Use the sparse categorical loss, or keras.utils.to_categorical(targets)",
        )
    return _yes_or_no(output, target)


def _yes_or_no(output: TrainedOutput, target: np.ndarray) -> Finding | None:
    low, high = float(target.min()), float(target.max())
    if low >= 0 and high <= 1:
        return None
    return Finding(
        f"Received targets from {low:g} to {high:g} for output {output.name!r}",
        "a cross-entropy takes targets in [0, 1], and falls without end on others",
        "Number the two classes 0 and 1, or use a regression loss",
    )
