"""What a model costs, layer by layer, by formula: parameters, MACs and FLOPs, memory, receptive field."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import keras
import pandas as pd

from atolye.profile.calls import Call, Shape, bytes_each, input_shapes, record_calls
from atolye.profile.elementwise import elementwise, has_elementwise
from atolye.profile.macs import has_macs, macs
from atolye.profile.receptive_field import Field, effective_kernel, receptive_fields

NOT_COUNTED = "not counted"


@dataclass(frozen=True)
class Profile:
    """What `profile` found.

    Args:
        table: one row a call of a layer, in the order of the computation, with the columns
            `name` (nested layers as `outer/inner`; the second call of a shared layer as `name#2`), `type`,
            `output_shape` (None for the batch), `parameters` (each counted once, where it is first used), `macs` and
            `flops` of one example, `elementwise` operations of one example, `activation_bytes` of the output at
            `batch_size`, `receptive_field` and `stride` in input places along each axis (None where they cannot be
            told), `effective_kernel` (None without a window), and `counted`: how the row was counted, `"formula"`,
            `"assumed elementwise"` or `"not counted"`. What is not counted is missing in the table, not 0.
        totals: `parameters`, `trainable_parameters`, `parameter_bytes`, `macs`, `flops`, `elementwise`,
            `activation_bytes` (all outputs together: what training keeps), `largest_activation_bytes` (of one layer),
            `receptive_field` (the widest before the whole input is seen), and `not_counted`, the names of the rows that
            the sums leave out.
        batch_size: examples to which the activations' memory belongs.
    """

    table: pd.DataFrame
    totals: dict[str, Any]
    batch_size: int


def profile(model: keras.Model, *, batch_size: int = 1, input_shape: Shape | Sequence[Shape] | None = None) -> Profile:
    """Count what one pass of inference through a model costs, by formula, without computing anything.

    Use it before training, to choose between models, or to find the layer that costs most. It follows the calls of one
    symbolic pass, so that Functional, Sequential, nested and subclassed models and composite layers are all counted
    through the layers inside them. What a composite's own code computes between those layers is not seen.

    Conventions, on which papers differ: a MAC is one multiplication with its addition; `flops = 2 * macs`, and both
    count convolutions and matrix products only (He et al. 2016 and most model cards print MACs and call them FLOPs).
    Biases, activations, normalisations, pooling and merging are in `elementwise`. Multiplications with the zeros of
    padding count. MACs, FLOPs and elementwise operations are of one example whatever `batch_size` is.

    Reference: Dumoulin and Visin (2016), arXiv:1603.07285, for the shapes; Araujo et al. (2019),
        https://doi.org/10.23915/distill.00021, for the receptive field.

    Args:
        model: a built model.
        batch_size: examples at a time, 1 or more; the activations' memory grows with it.
        input_shape: shape of one input without the batch, or a list of shapes; only needed when the model leaves it
            open, as with `keras.Input((None, None, 3))`.

    Raises:
        ValueError: when it is not a built model, or the input's shape is open or does not fit.

    Example:
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.ReLU()])
        >>> found = profile(model)
        >>> found.table["macs"].tolist(), found.totals["flops"]  # 6 * 6 * 4 outputs, each of 3 * 3 * 3 products
        ([3888, 0], 7776)
    """
    if batch_size < 1:
        raise ValueError(f"Received batch_size={batch_size}; expected 1 or more.")
    shapes = input_shapes(model, input_shape)
    calls = record_calls(model, shapes, is_whole=_is_whole)
    rows, seen = [], set[int]()
    for call, field in zip(calls, receptive_fields(calls), strict=True):
        weights = [weight for weight in _own_weights(call) if id(weight) not in seen]
        seen.update(map(id, weights))
        if call.composite and not weights or isinstance(call.layer, keras.layers.InputLayer):
            continue  # what a composite costs stands in the rows of its layers
        rows.append(_row(call, field, weights, batch_size, examples=shapes[0][0]))
    table = pd.DataFrame(rows, columns=_COLUMNS).astype({"macs": "Int64", "flops": "Int64", "elementwise": "Int64"})
    return Profile(table, _totals(model, table), batch_size)


_COLUMNS = ["name", "type", "output_shape", "parameters", "macs", "flops", "elementwise", "activation_bytes"]
_COLUMNS += ["receptive_field", "stride", "effective_kernel", "counted"]


def _is_whole(layer: Any) -> bool:
    # An RNN calls its cell once for all steps: nothing can be learnt from what happens inside.
    return has_macs(layer) or has_elementwise(layer) or isinstance(layer, keras.layers.RNN)


def _row(call: Call, field: Field, weights: list[Any], batch_size: int, *, examples: int) -> tuple[Any, ...]:
    products, singles, counted = _cost(call)
    shapes = tuple((None, *shape[1:]) for shape in call.outputs)
    # A composite's output is the last of its layers': counted there.
    size = 0 if call.composite else call.bytes * batch_size // examples
    return (
        call.name,
        type(call.layer).__name__,
        shapes[0] if len(shapes) == 1 else shapes,
        sum(math.prod(weight.shape) for weight in weights),
        None if products is None else products // examples,
        None if products is None else 2 * products // examples,
        None if singles is None else singles // examples,
        size,
        None if field.kind == "unknown" else field.size,
        tuple(map(_plain, field.stride)) if field.kind == "window" else None,
        effective_kernel(call.layer),
        counted,
    )


def _cost(call: Call) -> tuple[int | None, int | None, str]:
    products, singles = macs(call), elementwise(call)
    if singles is not None:
        return products or 0, singles, "formula"
    layer = call.layer
    heavy = isinstance(layer, keras.layers.RNN) or not isinstance(layer, keras.layers.Layer)
    weights = _own_weights(call)
    if heavy or any(_is_matrix(weight) for weight in weights):
        return None, None, NOT_COUNTED
    # Without a matrix there is no matrix product: a scale, a shift, an activation, an augmentation.
    outputs = sum(map(math.prod, call.outputs))
    return 0, outputs * max(1, len(weights)), "assumed elementwise"


def _is_matrix(weight: Any) -> bool:
    return math.prod(weight.shape) > max(weight.shape, default=1)


def _own_weights(call: Call) -> list[Any]:
    """Return a layer's weights; of a composite only those that it holds itself, not those of the layers inside."""
    layer = call.layer
    if not isinstance(layer, keras.layers.Layer):
        return []
    inside: set[int] = set()
    if call.composite:
        parts = layer._flatten_layers(include_self=False)
        inside = {id(weight) for part in parts for weight in part.weights}
    return [weight for weight in layer.weights if id(weight) not in inside]


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _totals(model: Any, table: pd.DataFrame) -> dict[str, Any]:
    windows = table.loc[table["stride"].notna(), "receptive_field"].tolist()
    return {
        "parameters": model.count_params(),
        "trainable_parameters": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "parameter_bytes": sum(math.prod(weight.shape) * bytes_each(weight.dtype) for weight in model.weights),
        "macs": int(table["macs"].sum()),
        "flops": int(table["flops"].sum()),
        "elementwise": int(table["elementwise"].sum()),
        "activation_bytes": int(table["activation_bytes"].sum()),
        "largest_activation_bytes": int(table["activation_bytes"].max()) if len(table) else 0,
        "receptive_field": max(windows, key=math.prod) if windows else None,
        "not_counted": table.loc[table["counted"] == NOT_COUNTED, "name"].tolist(),
    }
