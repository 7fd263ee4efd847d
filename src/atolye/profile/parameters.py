"""Parameters counted by hand: a formula for each layer beside what Keras counts."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import pandas as pd

Count = tuple[str, int]  # the formula as text to read, and what it comes to


def parameter_table(model: keras.Model) -> pd.DataFrame:
    """Return one row a layer: its parameters by formula, by hand, and by Keras's count.

    Use it to see where a model's parameters are, and to check a count on paper. Nested models are walked through: their
    layers are named `outer/inner`. A layer that is called twice counts once.

    Args:
        model: built Keras model.

    Returns:
        DataFrame with columns `layer`, `type`, `output_shape`, `formula` (such as `"(30 + 1) x 256"`), `by_formula`,
        `by_keras`, `trainable`, `not_trainable`, the last two as the model is now: a frozen layer's are not trainable.
        For a layer of unknown kind the formula says `"counted by Keras"` and `by_formula` is missing.
        `frame.attrs["totals"]` holds the sums `total`, `trainable` and `not_trainable`.

    Raises:
        ValueError: if the model is not built.

    Example:
        >>> model = keras.Sequential([keras.Input((30,)), keras.layers.Dense(256)])
        >>> parameter_table(model)[["formula", "by_formula", "by_keras"]].values.tolist()
        [['(30 + 1) x 256', 7936, 7936]]
    """
    if not model.built:
        raise ValueError(f"Model {model.name!r} is not built; call it on data or give it a keras.Input first.")
    rows = []
    for path, layer in _leaves(model, "", set()):
        text, number = _by_formula(layer)
        counted, learned = layer.count_params(), sum(math.prod(weight.shape) for weight in layer.trainable_weights)
        shape = _output_shape(layer)
        rows.append((path, type(layer).__name__, shape, text, number, counted, learned, counted - learned))
    columns = ["layer", "type", "output_shape", "formula", "by_formula", "by_keras", "trainable", "not_trainable"]
    frame = pd.DataFrame(rows, columns=columns).astype({"by_formula": "Int64"})
    sums = frame[["by_keras", "trainable", "not_trainable"]].sum().astype(int).tolist()
    frame.attrs["totals"] = dict(zip(("total", "trainable", "not_trainable"), sums, strict=True))
    return frame


def _leaves(model: keras.Model, prefix: str, seen: set[int]) -> Iterator[tuple[str, keras.Layer]]:
    """Yield the layers with their paths: nested models unfolded, inputs and repeats left out."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer) or id(layer) in seen:
            continue
        seen.add(id(layer))
        if isinstance(layer, keras.Model) and layer.layers:
            yield from _leaves(layer, f"{prefix}{layer.name}/", seen)
        else:
            yield prefix + layer.name, layer


def _by_formula(layer: keras.Layer) -> tuple[str, int | None]:
    if layer.count_params() == 0:
        return "0", 0
    for kind, formula in _FORMULAS:
        if isinstance(layer, kind):
            return formula(layer)
    return "counted by Keras", None


def _output_shape(layer: keras.Layer) -> tuple[int | None, ...] | None:
    try:
        return tuple(layer.output.shape)
    except (AttributeError, ValueError):  # several outputs, or none known
        return None


def _product(sizes: Any) -> str:
    return " x ".join(str(size) for size in sizes)


def _with_bias(layer: Any, inputs: Any, outputs: int) -> Count:
    """Count `outputs` units that each see `inputs` numbers, and one bias more where there is one."""
    if layer.use_bias:
        return f"({_product(inputs)} + 1) x {outputs}", (math.prod(inputs) + 1) * outputs
    return f"{_product(inputs)} x {outputs}", math.prod(inputs) * outputs


def _dense(layer: Any) -> Count:
    return _with_bias(layer, layer.kernel.shape[:1], layer.units)


def _convolution(layer: Any) -> Count:
    # A filter sees the channels of its own group only: groups divide the parameters.
    return _with_bias(layer, (*layer.kernel_size, layer.kernel.shape[-2]), layer.filters)


def _transposed(layer: Any) -> Count:
    # The kernel is stored as (*window, filters, input channels).
    return _with_bias(layer, (*layer.kernel_size, layer.kernel.shape[-1]), layer.filters)


def _depthwise(layer: Any) -> Count:
    return _with_bias(layer, layer.kernel_size, layer.kernel.shape[-2] * layer.depth_multiplier)


def _separable(layer: Any) -> Count:
    middle = layer.depthwise_kernel.shape[-2] * layer.depth_multiplier
    text, number = _with_bias(layer, (middle,), layer.filters)
    window = layer.kernel_size
    return f"{_product(window)} x {middle} + {text}", math.prod(window) * middle + number


def _batch_normalization(layer: Any) -> Count:
    # gamma and beta are learned; moving mean and variance are not, nor are the three more of renormalization.
    sets = int(layer.center) + int(layer.scale) + (5 if layer.renorm else 2)
    channels = layer.moving_mean.shape[0]
    return f"{sets} x {channels}", sets * channels


def _sets_of_weights(layer: Any) -> Count:
    """Count a layer all of whose weights have one shape, such as gamma and beta."""
    shape, sets = layer.weights[0].shape, len(layer.weights)
    return f"{sets} x {_product(shape)}", sets * math.prod(shape)


def _one_weight(layer: Any) -> Count:
    shape = layer.weights[0].shape
    return _product(shape), math.prod(shape)


def _normalization(layer: Any) -> Count:
    # A mean and a variance for each feature, and how many examples they were taken from.
    features = math.prod(layer.adapt_mean.shape)
    return f"2 x {features} + 1", 2 * features + 1


_L = keras.layers
_FORMULAS: tuple[tuple[Any, Callable[[Any], Count]], ...] = (
    (_L.Dense, _dense),
    ((_L.Conv1D, _L.Conv2D, _L.Conv3D), _convolution),
    ((_L.Conv1DTranspose, _L.Conv2DTranspose, _L.Conv3DTranspose), _transposed),
    ((_L.DepthwiseConv1D, _L.DepthwiseConv2D), _depthwise),
    ((_L.SeparableConv1D, _L.SeparableConv2D), _separable),
    (_L.BatchNormalization, _batch_normalization),
    ((_L.LayerNormalization, _L.GroupNormalization), _sets_of_weights),
    ((_L.Embedding, _L.PReLU), _one_weight),
    (_L.Normalization, _normalization),
)
