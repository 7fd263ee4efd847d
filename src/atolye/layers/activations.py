"""The activations of the course: each with its formula, its derivative and the layer to put into a model.

Keras ships nearly all of them; only the binary step and the arc tangent are written here.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import pandas as pd
from keras import ops

from atolye.errors import did_you_mean

LEAKY_SLOPE = 0.01  # the slide's; Keras has 0.2 in `activations.leaky_relu` and 0.3 in `layers.LeakyReLU`
PRELU_SLOPE = 0.25  # where learning starts in the paper of PReLU; Keras's at 0
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


@keras.saving.register_keras_serializable(package="atolye")
def binary_step(x: Any) -> Any:
    """Return 0 below zero and 1 from zero on, in the dtype of `x`.

    The oldest activation, here to show why it went: its derivative is zero, so that nothing before it learns.

    Reference: Rosenblatt (1958), doi:10.1037/h0042519.

    Example:
        >>> [float(value) for value in binary_step(ops.array([-2.0, 0.0, 3.0]))]
        [0.0, 1.0, 1.0]
    """
    x = ops.convert_to_tensor(x)
    return ops.cast(x >= 0, x.dtype)


@keras.saving.register_keras_serializable(package="atolye")
def arctan(x: Any) -> Any:
    """Return the inverse tangent, between -pi/2 and pi/2: like tanh, but with tails that flatten slowly.

    Example:
        >>> round(float(arctan(1.0)), 4)
        0.7854
    """
    return ops.arctan(x)


@dataclass(frozen=True)
class Activation:
    """One activation: what to write, what to draw, what to compute.

    Args:
        name: its word, such as `"leaky_relu"`.
        formula: f(x) as matplotlib mathtext.
        derivative_formula: f'(x) likewise; for softmax the Jacobian.
        function: f, on tensors of any shape.
        derivative: f', elementwise; for softmax the Jacobian, of shape `(..., n, n)` for inputs of shape `(..., n)`.
            At a corner, where there is none, it gives the slope from the left.
        make_layer: makes a new Keras layer of it.
        elementwise: False for softmax, whose outputs depend on all inputs.
    """

    name: str
    formula: str
    derivative_formula: str
    function: Callable[[Any], Any]
    derivative: Callable[[Any], Any]
    make_layer: Callable[[], keras.Layer]
    elementwise: bool = True


def _cases(x: Any, at_or_below: Any, above: Any) -> Any:
    return ops.where(x > 0, above, at_or_below)


def _sigmoid_slope(x: Any) -> Any:
    value = ops.sigmoid(x)
    return value * (1 - value)


def _softmax_jacobian(x: Any) -> Any:
    value = ops.softmax(x)
    identity = ops.eye(value.shape[-1], dtype=value.dtype)
    return value[..., :, None] * (identity - value[..., None, :])


def _layer(function: Any) -> Callable[[], keras.Layer]:
    return functools.partial(keras.layers.Activation, function)


def _prelu_layer() -> keras.Layer:
    return keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(PRELU_SLOPE))


# Named by `keras.activations` and not by `keras.ops` where both exist, since those are what a model's config names.
_K = keras.activations
_ALL = (
    Activation("identity", r"$x$", r"$1$", _K.linear, ops.ones_like, _layer("linear")),
    Activation(
        "binary_step",
        r"$0\ (x < 0),\quad 1\ (x \geq 0)$",
        r"$0\ (x \neq 0)$",
        binary_step,
        ops.zeros_like,
        _layer(binary_step),
    ),
    Activation("sigmoid", r"$1 / (1 + e^{-x})$", r"$f(x)\,(1 - f(x))$", _K.sigmoid, _sigmoid_slope, _layer("sigmoid")),
    Activation(
        "tanh", r"$2 / (1 + e^{-2x}) - 1$", r"$1 - f(x)^2$", _K.tanh, lambda x: 1 - ops.tanh(x) ** 2, _layer("tanh")
    ),
    Activation("arctan", r"$\tan^{-1}(x)$", r"$1 / (x^2 + 1)$", arctan, lambda x: 1 / (x * x + 1), _layer(arctan)),
    Activation(
        "relu",
        r"$\max(0, x)$",
        r"$0\ (x < 0),\quad 1\ (x > 0)$",
        _K.relu,
        lambda x: _cases(x, ops.zeros_like(x), 1.0),
        _layer("relu"),
    ),
    Activation(
        "leaky_relu",
        r"$0.01\,x\ (x < 0),\quad x\ (x \geq 0)$",
        r"$0.01\ (x < 0),\quad 1\ (x > 0)$",
        functools.partial(_K.leaky_relu, negative_slope=LEAKY_SLOPE),
        lambda x: _cases(x, LEAKY_SLOPE * ops.ones_like(x), 1.0),
        functools.partial(keras.layers.LeakyReLU, negative_slope=LEAKY_SLOPE),
    ),
    Activation(
        "prelu",
        r"$\alpha x\ (x < 0),\quad x\ (x \geq 0),\quad \alpha\ \mathrm{learned}$",
        r"$\alpha\ (x < 0),\quad 1\ (x > 0)$",
        functools.partial(_K.leaky_relu, negative_slope=PRELU_SLOPE),
        lambda x: _cases(x, PRELU_SLOPE * ops.ones_like(x), 1.0),
        _prelu_layer,
    ),
    Activation(
        "elu",
        r"$e^x - 1\ (x \leq 0),\quad x\ (x > 0)$",
        r"$f(x) + 1\ (x \leq 0),\quad 1\ (x > 0)$",
        _K.elu,
        lambda x: _cases(x, ops.exp(ops.minimum(x, 0.0)), 1.0),
        _layer("elu"),
    ),
    Activation(
        "selu",
        r"$\lambda\alpha(e^x - 1)\ (x \leq 0),\quad \lambda x\ (x > 0)$",
        r"$f(x) + \lambda\alpha\ (x \leq 0),\quad \lambda\ (x > 0)$",
        _K.selu,
        lambda x: _cases(x, SELU_SCALE * SELU_ALPHA * ops.exp(ops.minimum(x, 0.0)), SELU_SCALE),
        _layer("selu"),
    ),
    Activation("softplus", r"$\ln(1 + e^x)$", r"$1 / (1 + e^{-x})$", _K.softplus, ops.sigmoid, _layer("softplus")),
    Activation(
        "softmax",
        r"$e^{x_i} / \sum_j e^{x_j}$",
        r"$f_i\,(\delta_{ij} - f_j)$",
        _K.softmax,
        _softmax_jacobian,
        _layer("softmax"),
        elementwise=False,
    ),
)

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _ALL}
"""The course's activations by name; `activation_table` has their formulas."""


def activation_layer(activation: str | Callable[[Any], Any]) -> keras.Layer:
    """Return a new layer for an activation of the table, one that Keras knows by name, or a function.

    Note that `"leaky_relu"` has the slide's slope of 0.01 and `"prelu"` learns its slope, starting at 0.25.

    Args:
        activation: name or function.

    Raises:
        ValueError: for a name that neither the table nor Keras knows.

    Example:
        >>> activation_layer("leaky_relu").negative_slope
        0.01
    """
    if activation in ACTIVATIONS:
        return ACTIVATIONS[str(activation)].make_layer()
    try:
        return keras.layers.Activation(activation)
    except ValueError:
        raise ValueError(
            f"Unknown activation {activation!r}; expected one of {', '.join(ACTIVATIONS)}, or a name of "
            f"keras.activations.{did_you_mean(str(activation), ACTIVATIONS)}"
        ) from None


def activation_table() -> pd.DataFrame:
    """Return the table of the slide: one row an activation, with formula and derivative as matplotlib mathtext.

    Returns:
        DataFrame with columns `name`, `formula`, `derivative`, and `lowest` and `highest`: the range of outputs, where
        infinity means unbounded.

    Example:
        >>> activation_table().set_index("name").loc["relu", "formula"]
        '$\\\\max(0, x)$'
    """
    infinity, right_angle = float("inf"), 1.5707963267948966
    ranges = {
        "binary_step": (0.0, 1.0),
        "sigmoid": (0.0, 1.0),
        "tanh": (-1.0, 1.0),
        "arctan": (-right_angle, right_angle),
        "relu": (0.0, infinity),
        "elu": (-1.0, infinity),
        "selu": (-SELU_SCALE * SELU_ALPHA, infinity),
        "softplus": (0.0, infinity),
        "softmax": (0.0, 1.0),
    }
    return pd.DataFrame(
        [
            (item.name, item.formula, item.derivative_formula, *ranges.get(item.name, (-infinity, infinity)))
            for item in _ALL
        ],
        columns=["name", "formula", "derivative", "lowest", "highest"],
    )
