"""What cached features are of, as hashes: equal keys, equal features."""

import hashlib
import json
from typing import Any

import keras
import numpy as np
from keras import ops

_FORMAT = 1  # raise it when the pass changes, so that older features are not used
_ROWS = 4096


def feature_key(
    prefix: keras.Model, inputs: np.ndarray, *, augment: Any, views: int, seed: int, dtype: str
) -> dict[str, Any]:
    """Return what the features of `inputs` depend on, as plain JSON values.

    Names of layers do not count: Keras numbers them anew in each process.

    Args:
        prefix: the network that computes them.
        inputs: what it is given, examples first; may be memory-mapped.
        augment: what changes the inputs before, or None.
        views: how often each example is changed.
        seed: of the changes.
        dtype: type in which the features are kept.

    Raises:
        ValueError: when the augmentation does not say how it is set.
    """
    if augment is not None and not hasattr(augment, "get_config"):
        raise ValueError(
            f"Received augment={type(augment).__name__}, which has no get_config() that says how it is set; expected a "
            "technique or policy of atolye.augment. Without it, cached features could be those of other settings."
        )
    return {
        "format": _FORMAT,
        "keras": keras.version(),
        "backend": keras.backend.backend(),
        "network": _hash_of_config(prefix),
        "weights": _hash_of_weights(prefix),
        "inputs": _hash_of_array(inputs),
        "augmentation": None if augment is None else _hash_of_config(augment),
        "views": views,
        "seed": None if augment is None else seed,
        "dtype": dtype,
    }


def key_digest(key: dict[str, Any]) -> str:
    """Return 32 hex digits that stand for a key."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:32]


def _hash_of_config(layer: Any) -> str:
    numbers = {name: f"#{number}" for number, name in enumerate(dict.fromkeys(_names(layer)))}
    config = _renamed(keras.saving.serialize_keras_object(layer), numbers)
    return hashlib.sha256(json.dumps(config, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _names(layer: Any) -> list[str]:
    """Return the names of a layer and of all inside, operations of graphs included."""
    if not isinstance(layer, keras.layers.Layer):
        return []
    parts = list(layer._flatten_layers())
    return [part.name for part in parts] + [
        operation.name for part in parts for operation in getattr(part, "operations", ())
    ]


def _renamed(config: Any, numbers: dict[str, str]) -> Any:
    """Return a configuration in which names are numbers in their order."""
    if isinstance(config, dict):
        result = {}
        for key, value in config.items():
            if key == "shared_object_id":  # an address in memory
                continue
            if key == "name" and isinstance(value, str):
                result[key] = numbers.get(value, value)
            elif key in ("keras_history", "input_layers", "output_layers"):
                result[key] = _renamed_history(value, numbers)
            else:
                result[key] = _renamed(value, numbers)
        return result
    return [_renamed(part, numbers) for part in config] if isinstance(config, list | tuple) else config


def _renamed_history(history: Any, numbers: dict[str, str]) -> Any:
    """Return `[layer, node, tensor]`, or a structure of them, with the number for the layer's name."""
    if isinstance(history, str):
        return numbers.get(history, history)
    if isinstance(history, dict):
        return {name: _renamed_history(part, numbers) for name, part in history.items()}
    if isinstance(history, list | tuple):
        return [_renamed_history(part, numbers) for part in history]
    return history


def _hash_of_weights(prefix: keras.Model) -> str:
    digest = hashlib.sha256()
    for weight in prefix.weights:
        value = ops.convert_to_numpy(weight)
        digest.update(f"{value.shape} {value.dtype}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:32]


def _hash_of_array(inputs: np.ndarray) -> str:
    digest = hashlib.sha256(f"{inputs.shape} {inputs.dtype}".encode())
    for start in range(0, len(inputs), _ROWS):  # in blocks, since inputs may be larger than memory
        digest.update(np.ascontiguousarray(inputs[start : start + _ROWS]).tobytes())
    return digest.hexdigest()[:32]
