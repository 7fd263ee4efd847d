"""Layers by their paths, such as `backbone/top_conv`: nested models' and composite layers' too."""

from collections.abc import Iterable, Mapping
from typing import Any

import keras

from atolye.errors import nearest


def named_layers(model: Any, *, operations: bool = False) -> dict[str, Any]:
    """Return everything inside a model by its path, outer before inner, in the order of the model.

    Args:
        model: built model or layer.
        operations: also the operations of Functional graphs that are no layers, such as `keras.ops.relu`.

    Example:
        >>> inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="dense")], name="inner")
        >>> list(named_layers(keras.Sequential([keras.Input((4,)), inner])))
        ['inner', 'inner/dense']
    """
    found: dict[str, Any] = {}
    _add(model, "", operations, found)
    return found


def _add(model: Any, prefix: str, operations: bool, found: dict[str, Any]) -> None:
    parts = list(model._flatten_layers(include_self=False, recursive=False))
    if operations and isinstance(model, keras.Model):
        known = set(map(id, parts))
        parts += [part for part in getattr(model, "operations", ()) if id(part) not in known]
    for part in parts:
        if isinstance(part, keras.layers.InputLayer):  # a name for what comes in; it is never called
            continue
        found[prefix + part.name] = part
        if isinstance(part, keras.layers.Layer):
            _add(part, f"{prefix}{part.name}/", operations, found)


def find_path(name: str, paths: Iterable[str], *, model: str) -> str:
    """Return the path that `name` means: the path itself, or the only one that ends in it.

    Args:
        name: path such as `backbone/top_conv`, or its end, `top_conv`.
        paths: all that there are.
        model: the model's name, for the error.

    Raises:
        ValueError: when there is none (the nearest is told), or there are several.

    Example:
        >>> find_path("conv", ["stem", "body/conv"], model="net")
        'body/conv'
    """
    known = list(paths)
    if name in known:
        return name
    ending = [path for path in known if path.endswith(f"/{name}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise ValueError(f"Model {model!r} has several layers {name!r}; choose one of: {', '.join(ending[:5])}.")
    short: Mapping[str, str] = {path.rpartition("/")[2]: path for path in reversed(known)}
    match = nearest(name, known) or short.get(nearest(name, short) or "")
    expected = f"Did you mean {match!r}?" if match else f"Expected one of: {', '.join(known[:10])}."
    raise ValueError(f"Model {model!r} has no layer {name!r}. {expected}")
