"""How much of the input one output sees: receptive fields through windows, strides and merging branches."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import keras

from atolye.profile.calls import Call, Shape


@dataclass(frozen=True)
class Field:
    """What one place of a tensor sees of the model's input.

    Args:
        kind: `"window"`; `"whole"` after global pooling, flattening or attention; `"unknown"` when it cannot be told.
        size: input places along each axis that the place sees; all of them when `"whole"`, none when `"unknown"`.
        stride: input places between the windows of neighbours; below 1 after enough upsampling.
        whole: the input's size along each axis.
    """

    kind: Literal["window", "whole", "unknown"]
    size: tuple[int, ...] = ()
    stride: tuple[Fraction, ...] = ()
    whole: tuple[int, ...] = ()


UNKNOWN = Field("unknown")


def effective_kernel(layer: Any) -> tuple[int, ...] | None:
    """Return the extent of a layer's window, dilation included: `k + (k - 1) * (d - 1)`; None without a window.

    Reference: Yu and Koltun (2016), arXiv:1511.07122, for dilated convolutions.

    Example:
        >>> effective_kernel(keras.layers.Conv2D(8, 3, dilation_rate=2))
        (5, 5)
    """
    if isinstance(layer, _WINDOWED):
        dilations = getattr(layer, "dilation_rate", None) or (1,) * len(layer.kernel_size)
        return tuple(k + (k - 1) * (d - 1) for k, d in zip(layer.kernel_size, _each_axis(dilations), strict=False))
    return tuple(layer.pool_size) if isinstance(layer, _POOLING) else None


def receptive_fields(calls: Sequence[Call]) -> list[Field]:
    """Return the receptive field of each call's output, by the calls' own order.

    A window of extent k widens the field by (k - 1) times the stride so far, and multiplies that stride by its own
    (Araujo et al., 2019, https://doi.org/10.23915/distill.00021). Where branches merge, the widest counts. Left out, as
    is customary: gates that come from global pooling (squeeze-and-excitation) and statistics that normalisation takes
    over places. The field may be wider than the input: it counts padding.
    """
    walk = _Walk(calls)
    return [walk.after(call) for call in calls]


class _Walk:
    def __init__(self, calls: Sequence[Call]) -> None:
        self._by_number = {call.inner: call for call in calls}
        self._fields: dict[int, Field] = {}
        self._in_scope: dict[int, list[Field]] = {}  # what the calls inside a composite have given so far
        outermost = calls[-1]
        for identity, shape in zip(outermost.input_ids, outermost.inputs, strict=True):
            self._fields[identity] = _first(outermost.layer, shape)

    def after(self, call: Call) -> Field:
        if call.composite:
            known = [self._fields[identity] for identity in call.output_ids if identity in self._fields]
            field = merge(known or [self._of(identity, call.inner) for identity in call.output_ids])
        else:
            field = _after(call, merge([self._of(identity, call.scope) for identity in call.input_ids]))
        for identity in call.output_ids:
            if identity not in call.input_ids:  # what passes through unchanged keeps its field
                self._fields[identity] = field
        self._in_scope.setdefault(call.scope, []).append(field)
        return field

    def _of(self, identity: int, scope: int) -> Field:
        """Return a tensor's field; of one that a composite's own code made, the widest that it can have."""
        if identity in self._fields:
            return self._fields[identity]
        outer = self._by_number.get(scope)
        if outer is None:
            return UNKNOWN
        return merge([*(self._of(part, outer.scope) for part in outer.input_ids), *self._in_scope.get(scope, [])])


def merge(fields: Sequence[Field]) -> Field:
    """Return the widest of the fields that meet in one layer, axis by axis."""
    windows = [field for field in fields if field.kind == "window"]
    if any(field.kind == "unknown" for field in fields) or len({len(field.size) for field in windows}) > 1:
        return UNKNOWN
    if not windows:
        return fields[0] if fields else UNKNOWN
    sizes = tuple(map(max, zip(*(field.size for field in windows), strict=True)))
    strides = tuple(map(max, zip(*(field.stride for field in windows), strict=True)))
    return replace(windows[0], size=sizes, stride=strides)


def _first(model: Any, shape: Shape) -> Field:
    if len(shape) < 3:  # a row of features has no places
        return UNKNOWN
    places = shape[2:] if keras.config.image_data_format() == "channels_first" else shape[1:-1]
    return Field("window", (1,) * len(places), (Fraction(1),) * len(places), places)


def _after(call: Call, field: Field) -> Field:
    layer = call.layer
    if isinstance(layer, keras.layers.Embedding) and len(call.inputs[0]) == 2:
        return Field("window", (1,), (Fraction(1),), call.inputs[0][1:])  # each place of the text is now a place
    if field.kind != "window":
        return field
    if isinstance(layer, _WHOLE):
        return Field("whole", field.whole, (), field.whole)
    steps: Any = getattr(layer, "strides", None)
    if isinstance(layer, _TRANSPOSED):
        # An output place lies under ceil(k / s) windows at most; neighbours lie closer together.
        windows = [math.ceil(k / s) for k, s in zip(layer.kernel_size, _each_axis(steps), strict=False)]
        return _widen(field, windows, [Fraction(1, s) for s in _each_axis(steps)])
    if isinstance(layer, _UPSAMPLING):
        factors = layer.size if isinstance(layer.size, tuple | list) else (layer.size,)
        window = 1 if getattr(layer, "interpolation", "nearest") == "nearest" else 2
        return _widen(field, [window] * len(factors), [Fraction(1, factor) for factor in factors])
    kernel = effective_kernel(layer)
    if kernel is not None:
        return _widen(field, kernel, [Fraction(step) for step in _each_axis(steps)])
    return field if _keeps_places(call) else UNKNOWN


def _widen(field: Field, kernel: Sequence[int], strides: Sequence[Fraction]) -> Field:
    if len(kernel) != len(field.size):
        return UNKNOWN
    # Fractions stay exact; a field is a whole number of places, so that parts of one count as one.
    size = tuple(math.ceil(s + (k - 1) * j) for s, k, j in zip(field.size, kernel, field.stride, strict=True))
    return replace(field, size=size, stride=tuple(j * s for j, s in zip(field.stride, strides, strict=True)))


def _keeps_places(call: Call) -> bool:
    """Return whether a layer without a window of its own works on each place alone, as far as can be known."""
    if isinstance(call.layer, keras.layers.Layer):
        # A layer of unknown kind that has matrices may mix places in any way.
        matrices = [weight for weight in call.layer.weights if len(weight.shape) > 1]
        known = isinstance(call.layer, (keras.layers.Dense, keras.layers.PReLU, keras.layers.GroupNormalization))
        if isinstance(call.layer, _REARRANGING) or (matrices and not known):
            return False
        return len(call.inputs[0]) == len(call.outputs[0])
    return type(call.layer).__name__ not in ("Reshape", "Transpose", "Einsum", "Matmul", "Dot", "Tensordot")


def _each_axis(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,) * 3


_L = keras.layers
_WINDOWED = (_L.Conv1D, _L.Conv2D, _L.Conv3D, _L.DepthwiseConv1D, _L.DepthwiseConv2D) + (
    _L.SeparableConv1D,
    _L.SeparableConv2D,
)
_TRANSPOSED = (_L.Conv1DTranspose, _L.Conv2DTranspose, _L.Conv3DTranspose)
_UPSAMPLING = (_L.UpSampling1D, _L.UpSampling2D, _L.UpSampling3D)
_POOLING = (_L.AveragePooling1D, _L.AveragePooling2D, _L.AveragePooling3D) + (
    _L.MaxPooling1D,
    _L.MaxPooling2D,
    _L.MaxPooling3D,
)
_REARRANGING = (_L.Reshape, _L.Permute, _L.RepeatVector, _L.Resizing)
_WHOLE = (
    (_L.GlobalAveragePooling1D, _L.GlobalAveragePooling2D, _L.GlobalAveragePooling3D)
    + (_L.GlobalMaxPooling1D, _L.GlobalMaxPooling2D, _L.GlobalMaxPooling3D)
    + (_L.Flatten, _L.MultiHeadAttention, _L.GroupQueryAttention, _L.Attention, _L.AdditiveAttention, _L.RNN)
)
