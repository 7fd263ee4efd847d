"""Two kinds of columns, two branches: numbers and categories meet after each has been understood on its own."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras
from keras import layers

from atolye.layers import BatchNormalization, activation_layer
from atolye.models.head import Task, output_layer

Merge = Literal["concatenate", "add", "average", "multiply"]
MERGES = {
    "concatenate": layers.Concatenate,
    "add": layers.Add,
    "average": layers.Average,
    "multiply": layers.Multiply,
}


def two_branch(
    num_numeric: int,
    num_categorical: int,
    num_classes: int,
    *,
    merge: Merge = "concatenate",
    numeric_units: Sequence[int] = (64,),
    categorical_units: Sequence[int] = (32,),
    merged_units: Sequence[int] = (64,),
    activation: str | Callable[[Any], Any] = "relu",
    kernel_initializer: str | keras.initializers.Initializer = "he_normal",
    dropout: float = 0.3,
    task: Task = "classification",
) -> keras.Model:
    """Build a model with two inputs, `numeric` and `categorical`, that merge into one answer.

    Use it when columns come in two kinds that deserve different treatment: here numbers pass batch normalization and
    dropout, one-hot categories a plain layer, as on the slide. Concatenating keeps both as they are; adding, averaging
    and multiplying need branches of one width, so the narrower one ends in a linear layer as wide as the other.

    Reference: Cheng et al. (2016), arXiv:1606.07792, for two branches joined at the end.

    Args:
        num_numeric: number columns, scaled to similar size.
        num_categorical: columns of the one-hot categories.
        num_classes: 2 gives one sigmoid unit, more give softmax units; ignored for regression.
        merge: `"concatenate"`, `"add"`, `"average"` or `"multiply"`.
        numeric_units: units of each layer of the number branch.
        categorical_units: units of each layer of the category branch.
        merged_units: units of each layer after the merge; may be empty.
        activation: name of the activation table or of `keras.activations`, or a function.
        kernel_initializer: initialiser of the hidden kernels.
        dropout: share of units dropped in the number branch, from 0 up to but not including 1.
        task: `"classification"` or `"regression"`.

    Input shape: `{"numeric": (batch, num_numeric), "categorical": (batch, num_categorical)}`, or both in a list.
    Output shape: `(batch, 1)` for two classes and regression, else `(batch, num_classes)`; float32.

    Raises:
        ValueError: when a size, the share or the merge is none of those allowed.

    Example:
        >>> model = two_branch(20, 10, 2, merge="add")
        >>> sorted(model.input.keys()) if isinstance(model.input, dict) else [i.name for i in model.inputs]
        ['categorical', 'numeric']
    """
    if merge not in MERGES:
        raise ValueError(f"Received merge={merge!r}; expected one of {', '.join(MERGES)}.")
    if not 0 <= dropout < 1:
        raise ValueError(f"Received dropout={dropout}; expected a share from 0 up to but not including 1.")
    sizes = (num_numeric, num_categorical, *numeric_units, *categorical_units, *merged_units)
    if not numeric_units or not categorical_units or min(sizes) < 1:
        raise ValueError("Received a branch without units or a size below 1; expected sizes of 1 or more.")

    def dense(x: Any, units: int, name: str) -> Any:
        x = layers.Dense(units, kernel_initializer=kernel_initializer, name=name)(x)
        return activation_layer(activation)(x)

    numeric = x1 = keras.Input((num_numeric,), name="numeric")
    for index, units in enumerate(numeric_units):
        x1 = BatchNormalization(momentum=0.9)(dense(x1, units, f"numeric_{index + 1}"))
        if dropout:
            x1 = layers.Dropout(dropout)(x1)
    categorical = x2 = keras.Input((num_categorical,), name="categorical")
    for index, units in enumerate(categorical_units):
        x2 = dense(x2, units, f"categorical_{index + 1}")

    widths = (numeric_units[-1], categorical_units[-1])
    if merge != "concatenate":
        if widths[0] < widths[1]:
            x1 = layers.Dense(widths[1], name="numeric_projection")(x1)
        elif widths[1] < widths[0]:
            x2 = layers.Dense(widths[0], name="categorical_projection")(x2)
    x = MERGES[merge](name="merge")([x1, x2])
    for index, units in enumerate(merged_units):
        x = dense(x, units, f"merged_{index + 1}")
    inputs = {"numeric": numeric, "categorical": categorical}
    return keras.Model(inputs, output_layer(num_classes, task=task)(x), name="two_branch")
