"""Multiply-accumulate operations of one call, by formula: convolutions and matrix products."""

import math
from collections.abc import Callable
from typing import Any

import keras

from atolye.profile.calls import Call


def macs(call: Call) -> int | None:
    """Return the multiply-accumulate operations (MACs) of a convolution or matrix product; None for another layer.

    A MAC is one multiplication and the addition that takes its product up: 2 FLOPs. Zeros that padding brings count,
    as they do in the TensorFlow profiler; the bias does not, it is an elementwise operation.

    Args:
        call: one recorded call; the count is for all examples of its batch.

    Example:
        >>> shapes = {"inputs": ((1, 8, 8, 4),), "outputs": ((1, 8, 8, 6),), "bytes": 1536}
        >>> tensors = {"input_ids": (1,), "output_ids": (2,), "scope": 1, "inner": 2, "composite": False}
        >>> macs(Call("conv", keras.layers.Conv2D(6, 3, padding="same"), **shapes, **tensors))  # 8 * 8 * 3 * 3 * 4 * 6
        13824
    """
    rule = _rule(call.layer)
    return rule(call) if rule else None


def has_macs(layer: Any) -> bool:
    """Return whether `macs` has a formula for the layer."""
    return _rule(layer) is not None


def _rule(layer: Any) -> Callable[[Call], int] | None:
    if not isinstance(layer, keras.layers.Layer):  # an operation in a Functional graph, such as keras.ops.matmul
        return _OPERATIONS.get(type(layer).__name__)
    return next((rule for kind, rule in _LAYERS if isinstance(layer, kind)), None)


def _channels(call: Call) -> int:
    return call.inputs[0][1 if call.layer.data_format == "channels_first" else -1]


def _positions(call: Call) -> int:
    """Return the output's places: its elements without the channels."""
    axis = 1 if call.layer.data_format == "channels_first" else -1
    return math.prod(call.outputs[0]) // call.outputs[0][axis]


def _convolution(call: Call) -> int:
    # An output element sees the channels of its own group only.
    layer = call.layer
    return math.prod(call.outputs[0]) * math.prod(layer.kernel_size) * (_channels(call) // layer.groups)


def _transposed(call: Call) -> int:
    # Each input element is spread over a window of every filter.
    return math.prod(call.inputs[0]) * math.prod(call.layer.kernel_size) * call.layer.filters


def _depthwise(call: Call) -> int:
    return math.prod(call.outputs[0]) * math.prod(call.layer.kernel_size)


def _separable(call: Call) -> int:
    layer = call.layer
    middle = _positions(call) * _channels(call) * layer.depth_multiplier
    return middle * math.prod(layer.kernel_size) + middle * layer.filters


def _dense(call: Call) -> int:
    return math.prod(call.inputs[0]) * call.layer.units


def _einsum_dense(call: Call) -> int:
    # The kernel's own shape, but for what a quantized or LoRA layer makes of it.
    return _einsum(call.layer.equation, call.inputs[0], tuple(call.layer.kernel.shape))


def _einsum(equation: str, *shapes: tuple[int, ...]) -> int:
    """Return the product of all sizes that an equation names: each combination of indices is one MAC."""
    sizes: dict[str, int] = {}
    for labels, shape in zip(equation.replace(" ", "").partition("->")[0].split(","), shapes, strict=True):
        if "..." in labels:
            before, _, after = labels.partition("...")
            free = "".join(chr(0x2460 + index) for index in range(len(shape) - len(before) - len(after)))
            labels = before + free + after  # labels of their own for the axes that the dots stand for
        sizes |= {label: max(size, sizes.get(label, 1)) for label, size in zip(labels, shape, strict=True)}
    return math.prod(sizes.values())


def _multi_head_attention(call: Call) -> int:
    # Inputs are query, value and perhaps key, each (batch, places..., features).
    config = call.layer.get_config()
    heads, key_size, value_size = config["num_heads"], config["key_dim"], config["value_dim"]
    query, value = call.inputs[:2]
    key = call.inputs[2] if len(call.inputs) > 2 else value
    into = math.prod(query) * key_size + math.prod(key) * key_size + math.prod(value) * value_size
    axes = config["attention_axes"] or range(1, len(query) - 1)
    attended = math.prod(key[axis] for axis in axes)
    places = math.prod(query[:-1])
    out_features = math.prod(call.outputs[0]) // places
    into += math.prod(query) * value_size if config.get("use_gate") else 0
    mixed = places * attended * (key_size + value_size)  # scores, then the weighted sum of the values
    return heads * (into + mixed + places * value_size * out_features)


def _grouped_query_attention(call: Call) -> int:
    config = call.layer.get_config()
    heads, pairs, size = config["num_query_heads"], config["num_key_value_heads"], config["head_dim"]
    query, value = call.inputs[:2]
    key = call.inputs[2] if len(call.inputs) > 2 else value
    into = (math.prod(query) * heads + (math.prod(key) + math.prod(value)) * pairs) * size
    mixed = 2 * math.prod(query[:-1]) * value[1] * heads * size
    gate = math.prod(query) * heads * size if config.get("use_gate") else 0
    return into + gate + mixed + math.prod(call.outputs[0]) * heads * size


def _attention(call: Call) -> int:
    query, value = call.inputs[:2]
    places = math.prod(query[:-1]) * value[-2]
    # Additive attention's scores add and squash before they sum: its products are as many as those of the dot kind.
    return places * (query[-1] + value[-1])


def _recurrent(gates: int) -> Callable[[Call], int]:
    def rule(call: Call) -> int:
        steps, features = math.prod(call.inputs[0][:-1]), call.inputs[0][-1]
        return steps * gates * call.layer.units * (features + call.layer.units)

    return rule


def _reversible_embedding(call: Call) -> int:
    # Looking up costs nothing; the way back, from features to scores of all words, is a product.
    back = len(call.inputs[0]) == len(call.outputs[0])
    return math.prod(call.inputs[0]) * call.layer.input_dim if back else 0


def _dot_layer(call: Call) -> int:
    axes = call.layer.axes
    axis = axes if isinstance(axes, int) else axes[0]
    return math.prod(call.outputs[0]) * call.inputs[0][axis]


def _matmul(call: Call) -> int:
    return math.prod(call.outputs[0]) * call.inputs[0][-1]


_L = keras.layers
_LAYERS: tuple[tuple[Any, Callable[[Call], int]], ...] = (
    ((_L.Conv1D, _L.Conv2D, _L.Conv3D), _convolution),
    ((_L.Conv1DTranspose, _L.Conv2DTranspose, _L.Conv3DTranspose), _transposed),
    ((_L.DepthwiseConv1D, _L.DepthwiseConv2D), _depthwise),
    ((_L.SeparableConv1D, _L.SeparableConv2D), _separable),
    (_L.Dense, _dense),
    (_L.EinsumDense, _einsum_dense),
    (_L.MultiHeadAttention, _multi_head_attention),
    (_L.GroupQueryAttention, _grouped_query_attention),
    ((_L.Attention, _L.AdditiveAttention), _attention),
    (_L.Dot, _dot_layer),
    (_L.ReversibleEmbedding, _reversible_embedding),
    (_L.SimpleRNN, _recurrent(1)),
    (_L.GRU, _recurrent(3)),
    (_L.LSTM, _recurrent(4)),
)
_OPERATIONS: dict[str, Callable[[Call], int]] = {
    "Matmul": _matmul,
    "Dot": _matmul,
    "Einsum": lambda call: _einsum(call.layer.subscripts, *call.inputs),
}
