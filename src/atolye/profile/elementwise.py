"""Elementwise operations of one call, by rule of thumb: biases, activations, normalisations, pooling, merging."""

import math
from collections.abc import Callable
from typing import Any

import keras

from atolye.profile.calls import Call


def elementwise(call: Call) -> int | None:
    """Return how many numbers a layer touches one by one; None for a layer of unknown kind.

    These are counted apart from the MACs, since what one costs depends on the machine: a bias, an activation of
    whatever kind, a merged input is 1 an element; batch normalization 2 (scale and shift, as in inference); layer and
    group normalization 5; pooling 1 an element of its windows. What only moves or passes numbers is 0.

    Args:
        call: one recorded call; the count is for all examples of its batch.

    Example:
        >>> shapes = {"inputs": ((1, 8),), "outputs": ((1, 4),), "bytes": 16}
        >>> tensors = {"input_ids": (1,), "output_ids": (2,), "scope": 1, "inner": 2, "composite": False}
        >>> elementwise(Call("dense", keras.layers.Dense(4, "relu"), **shapes, **tensors))  # 4 biases, 4 activations
        8
    """
    rule = _rule(call.layer)
    if rule is None:
        return None
    activation = getattr(call.layer, "activation", None)
    own = getattr(call.layer, "use_bias", False) + (activation not in (None, keras.activations.linear))
    return rule(call) + int(own) * sum(map(math.prod, call.outputs))


def has_elementwise(layer: Any) -> bool:
    """Return whether `elementwise` has a rule for the layer."""
    return _rule(layer) is not None


def _rule(layer: Any) -> Callable[[Call], int] | None:
    if not isinstance(layer, keras.layers.Layer):
        name = type(layer).__name__
        return None if name in _HEAVY_OPERATIONS else _none if name in _MOVING_OPERATIONS else _each_output(1)
    if type(layer).__name__.startswith("Random"):  # augmentation passes everything through in inference
        return _none
    return next((rule for kind, rule in _LAYERS if isinstance(layer, kind)), None)


def _none(call: Call) -> int:
    return 0


def _each_output(times: int) -> Callable[[Call], int]:
    return lambda call: times * sum(map(math.prod, call.outputs))


def _each_input(call: Call) -> int:
    return math.prod(call.inputs[0])


def _merge(call: Call) -> int:
    return (len(call.inputs) - 1) * math.prod(call.outputs[0])


def _average(call: Call) -> int:
    return len(call.inputs) * math.prod(call.outputs[0])


def _pooling(call: Call) -> int:
    return math.prod(call.outputs[0]) * math.prod(call.layer.pool_size)


def _normalize_shaped(call: Call) -> int:
    return 5 * math.prod(call.outputs[0])


_L = keras.layers
_MOVING = (
    # what products cost is in macs.py; here are their biases and activations
    (_L.Conv1D, _L.Conv2D, _L.Conv3D, _L.Conv1DTranspose, _L.Conv2DTranspose, _L.Conv3DTranspose),
    (_L.DepthwiseConv1D, _L.DepthwiseConv2D, _L.SeparableConv1D, _L.SeparableConv2D, _L.Dense, _L.EinsumDense),
    (_L.Dot, _L.InputLayer, _L.Embedding, _L.Masking, _L.Identity, _L.Flatten, _L.Reshape, _L.Permute),
    (_L.RepeatVector, _L.Concatenate, _L.ZeroPadding1D, _L.ZeroPadding2D, _L.ZeroPadding3D),
    (_L.Cropping1D, _L.Cropping2D, _L.Cropping3D, _L.UpSampling1D, _L.UpSampling2D, _L.UpSampling3D, _L.CenterCrop),
    (_L.Dropout, _L.AlphaDropout, _L.GaussianDropout, _L.GaussianNoise, _L.SpatialDropout1D, _L.SpatialDropout2D),
    (_L.SpatialDropout3D, _L.ActivityRegularization),
)
_GLOBAL_POOLING = (
    (_L.GlobalAveragePooling1D, _L.GlobalAveragePooling2D, _L.GlobalAveragePooling3D),
    (_L.GlobalMaxPooling1D, _L.GlobalMaxPooling2D, _L.GlobalMaxPooling3D),
)
_POOLING = (
    (_L.AveragePooling1D, _L.AveragePooling2D, _L.AveragePooling3D),
    (_L.MaxPooling1D, _L.MaxPooling2D, _L.MaxPooling3D),
)
# In Keras these hold an activation or a bias in the same attributes as a Dense layer does.
_LAYERS: tuple[tuple[Any, Callable[[Call], int]], ...] = (
    *((kinds, _none) for kinds in _MOVING),
    *((kinds, _each_input) for kinds in _GLOBAL_POOLING),
    *((kinds, _pooling) for kinds in _POOLING),
    (_L.Activation, _none),  # its activation is counted as that of a Dense layer is
    ((_L.ReLU, _L.LeakyReLU, _L.PReLU, _L.ELU, _L.Softmax, _L.UnitNormalization), _each_output(1)),
    (_L.BatchNormalization, _each_output(2)),
    ((_L.Rescaling, _L.Normalization), _each_output(2)),
    ((_L.LayerNormalization, _L.GroupNormalization, _L.RMSNormalization), _normalize_shaped),
    (_L.Average, _average),
    ((_L.Add, _L.Subtract, _L.Multiply, _L.Maximum, _L.Minimum), _merge),
    # Scores' softmax and gates are small beside their products.
    ((_L.MultiHeadAttention, _L.GroupQueryAttention, _L.Attention, _L.AdditiveAttention), _none),
    ((_L.LSTM, _L.GRU, _L.SimpleRNN), _none),
)
_HEAVY_OPERATIONS = {"Conv", "ConvTranspose", "DepthwiseConv", "SeparableConv", "Tensordot", "DotProductAttention"} | {
    "Inner", "Outer", "Vdot", "Kron", "FFT2", "RFFT", "Inv", "Solve", "SVD", "Eigh", "QR", "Cholesky", "LuFactor"
}  # fmt: skip
_MOVING_OPERATIONS = {"Matmul", "Dot", "Einsum", "Reshape", "Transpose", "GetItem", "Concatenate", "Stack", "Split"} | {
    "Squeeze", "ExpandDims", "Cast", "Pad", "Flip", "Roll", "Tile", "Repeat", "BroadcastTo", "Slice", "Moveaxis"
}  # fmt: skip
