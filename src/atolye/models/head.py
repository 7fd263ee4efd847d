"""The last layer of every model here: what a task needs, always in float32."""

from typing import Literal

import keras

Task = Literal["classification", "regression"]


def output_layer(num_classes: int, *, task: Task = "classification") -> keras.layers.Dense:
    """Return the output layer for a task.

    One sigmoid unit for two classes, a softmax unit for each of three or more, one linear unit for regression. Its
    dtype is float32 in every precision: bfloat16 has 3 digits, too few for a probability and its logarithm.

    Args:
        num_classes: number of classes, 2 or more; ignored for regression.
        task: `"classification"` or `"regression"`.

    Raises:
        ValueError: for another task, or fewer than 2 classes.

    Example:
        >>> output_layer(2).units, output_layer(10).units, output_layer(0, task="regression").units
        (1, 10, 1)
    """
    if task == "regression":
        return keras.layers.Dense(1, dtype="float32", name="value")
    if task != "classification":
        raise ValueError(f"Received task={task!r}; expected 'classification' or 'regression'.")
    if num_classes < 2:
        raise ValueError(
            f"Received num_classes={num_classes}; expected 2 or more. One class leaves nothing to tell apart; "
            "for a number as answer pass task='regression'."
        )
    if num_classes == 2:
        return keras.layers.Dense(1, activation="sigmoid", dtype="float32", name="probability")
    return keras.layers.Dense(num_classes, activation="softmax", dtype="float32", name="probabilities")
