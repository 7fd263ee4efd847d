"""Parameters counted by hand: a formula for each layer beside what Keras counts."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import pandas as pd

Count = tuple[str, int]  # the formula as text to read, and what it comes to
BY_KERAS = "counted by Keras"


def parameter_table(model: keras.Model) -> pd.DataFrame:
    """Return one row a layer: its parameters by formula, by hand, and by Keras's count.

    Use it to see where a model's parameters are, and to check a count on paper. Nested models and layers made of layers
    are walked through: what is inside is named `outer/inner`. A layer that is called twice counts once, and so does a
    weight that two layers share, so that the rows add up to the model's count.

    Args:
        model: built Keras model.

    Returns:
        DataFrame with columns `layer`, `type`, `output_shape`, `formula` (such as `"(30 + 1) x 256"`), `by_formula`,
        `by_keras`, `trainable`, `not_trainable`, the last two as the model is now: a frozen layer's are not trainable.
        Of a layer inside another the output shape is missing. For a layer of unknown kind, for weights that a layer
        made of layers holds beside them, and for a layer that shares a weight with one above, the formula says
        `"counted by Keras"` and `by_formula` is missing.
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
    learning = {id(weight) for weight in model.trainable_weights}
    rows, seen = [], set[int]()
    for path, layer, weights in _parts(model, "", set()):
        new = [weight for weight in weights if id(weight) not in seen]
        seen.update(map(id, new))
        counted, learned = _size(new), _size([weight for weight in new if id(weight) in learning])
        whole = _size(layer.weights) == counted  # else it holds layers that have rows of their own, or shares a weight
        text, number = _by_formula(layer) if whole else (BY_KERAS, None)
        kind, shape = type(layer).__name__, _output_shape(layer)
        rows.append((path, kind, shape, text, number, counted, learned, counted - learned))
    columns = ["layer", "type", "output_shape", "formula", "by_formula", "by_keras", "trainable", "not_trainable"]
    frame = pd.DataFrame(rows, columns=columns).astype({"by_formula": "Int64"})
    sums = frame[["by_keras", "trainable", "not_trainable"]].sum().astype(int).tolist()
    frame.attrs["totals"] = dict(zip(("total", "trainable", "not_trainable"), sums, strict=True))
    return frame


def _parts(outer: Any, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any, list[Any]]]:
    """Yield each layer inside with its path and weights; then the outer one's path with what it holds beside them."""
    for layer in _layers_inside(outer):
        if isinstance(layer, keras.layers.InputLayer) or id(layer) in seen:
            continue
        seen.add(id(layer))
        if _layers_inside(layer):
            yield from _parts(layer, f"{prefix}{layer.name}/", seen)
        else:
            yield prefix + layer.name, layer, layer.weights
    inside = {id(weight) for layer in _layers_inside(outer) for weight in layer.weights}
    beside = [weight for weight in outer.weights if id(weight) not in inside]
    if beside:
        yield prefix.rstrip("/") or outer.name, outer, beside


def _layers_inside(layer: Any) -> list[Any]:
    """Return the layers that a model, or a layer without a formula of its own, is made of; none for any other."""
    if isinstance(layer, keras.Model):
        return list(layer.layers)
    # An RNN is its cell; a layer without weights needs no further rows.
    if not layer.weights or isinstance(layer, keras.layers.RNN) or _formula(layer):
        return []
    return list(layer._flatten_layers(include_self=False, recursive=False))


def _formula(layer: Any) -> Callable[[Any], Count] | None:
    return next((formula for kind, formula in _FORMULAS if isinstance(layer, kind)), None)


def _by_formula(layer: Any) -> tuple[str, int | None]:
    if not layer.weights:
        return "0", 0
    formula = _formula(layer)
    return formula(layer) if formula else (BY_KERAS, None)


def _size(weights: list[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


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
