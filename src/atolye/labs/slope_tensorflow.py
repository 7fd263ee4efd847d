"""Automatic differentiation of a function of one number, to check derivatives written by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import tensorflow as tf

from atolye.layers import ACTIVATIONS


def slope(function: Callable[[Any], Any], x: Any) -> np.ndarray:
    """Return the derivative of an elementwise `function` at each value of `x`, by automatic differentiation.

    Args:
        function: maps a tensor to one of the same shape; a function that does not depend on `x` has slope 0.
        x: numbers.

    Example:
        >>> slope(lambda x: x * x, [1.0, 3.0]).tolist()
        [2.0, 6.0]
    """
    points = tf.constant(x, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = function(points)
    return tape.gradient(values, points, unconnected_gradients="zero").numpy()


def with_slope_errors(activations: pd.DataFrame) -> pd.DataFrame:
    """Return the table of activations with the largest difference between derivative and automatic differentiation.

    Args:
        activations: table with a column `name`; the new column is `error`, over [-4, 4] without the corner at 0, and
            NaN for softmax, whose derivative is a matrix.
    """
    x = np.linspace(-4, 4, 400, dtype="float32")

    def error(name: str) -> float:
        activation = ACTIVATIONS[name]
        if not activation.elementwise:
            return float("nan")
        return float(np.abs(np.asarray(activation.derivative(x)) - slope(activation.function, x)).max())

    return activations.assign(error=[error(name) for name in activations["name"]])
