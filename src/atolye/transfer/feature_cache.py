"""What a frozen network makes of a split, computed once and kept on disk, so that epochs skip the frozen part."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, get_args

import keras
import numpy as np
import pandas as pd

from atolye.data import Split
from atolye.data.pipeline import Augment
from atolye.files import cache_dir
from atolye.layers import MCDropout
from atolye.transfer.feature_key import feature_key, key_digest
from atolye.transfer.feature_pass import compile_pass
from atolye.transfer.feature_store import make_room, open_features, write_features

Progress = Callable[[int, int], None]
FeatureType = Literal["float16", "float32"]


def cache_features(
    prefix: keras.Model,
    split: Split,
    *,
    folder: str | Path | None = None,
    augment: Augment | None = None,
    views: int = 1,
    seed: int = 0,
    dtype: FeatureType = "float16",
    batch_size: int = 64,
    progress: Progress | None = None,
) -> Split:
    """Return the split with what a frozen network makes of its inputs, computed once and kept on disk.

    Use it to train the end of a network: in each epoch the frozen beginning would give the same again. `cut` gives the
    prefix, `fold_batch_norm(prefix)` makes the pass faster, and `batches(features, ...)` feeds the suffix. The pass is
    in inference mode and holds one batch in memory. Features are found again by what they depend on: network, weights,
    inputs, augmentation, views, seed and type. Those that are damaged are computed anew, with a warning; after an
    interruption the pass starts again; of more than 20 GiB together the longest unused ones go.

    Args:
        prefix: a network of one input and one output; it computes in its own precision.
        split: images, or encoded rows of a table.
        folder: where features are kept; None: `features` in the cache folder (`$ATOLYE_CACHE_DIR`).
        augment: what changes the images before the pass, a technique or policy of `atolye.augment`. View `v` of an
            example depends on `seed`, `v` and the example's place alone. Train on it with
            `batches(..., augment=PickView())`.
        views: how many changed copies of each example, 1 or more; more than 1 only with `augment`.
        seed: seed of the changes.
        dtype: `"float16"` takes half of the room, keeps three digits and numbers up to 65504; `"float32"` keeps all.
        batch_size: examples at a time.
        progress: called with `(done, total)` examples.

    Returns:
        The split with the features as inputs, memory-mapped: `(num_examples, height, width, channels)` or
        `(num_examples, channels)` as the prefix gives it; with `augment`, `(num_examples, views, ...)`.

    Raises:
        ValueError: when the inputs do not fit the prefix, it draws random numbers at inference, an argument is out of
            its range, a feature is too large for float16 or no number, or the augmentation mixes labels.
        OSError: when the folder cannot be written or its disk has too little room; before the pass.

    Example:
        >>> from atolye.models import efficientnet_lite0
        >>> from atolye.transfer import cut
        >>> prefix, suffix = cut(efficientnet_lite0((32, 32, 3), weights=None, include_top=False), "block2b_add")
        >>> split = Split(np.zeros((4, 32, 32, 3), "uint8"), np.arange(4), np.arange(4).astype(str))
        >>> cache_features(prefix, split).inputs.shape
        (4, 8, 8, 24)
    """
    _check(prefix, split, augment, views, batch_size)
    needed = cache_bytes(prefix, len(split), views=views, dtype=dtype)
    shape = (len(split), *([views] if augment is not None else []), *_output_shape(prefix))
    inputs = np.asarray(split.inputs)  # of a memory-mapped array a view: nothing is read
    key = feature_key(prefix, inputs, augment=augment, views=views, seed=seed, dtype=dtype)
    parent = cache_dir() / "features" if folder is None else Path(folder)
    place = parent / key_digest(key)
    features = open_features(place, key)
    if features is None:
        make_room(parent, needed)
        computed = _computed(prefix, _views(inputs, augment, views, seed, batch_size), dtype)
        blocks = _counted(computed, len(split), progress, stacked=augment is not None)
        write_features(place, key, blocks, shape=shape, dtype=dtype)
        features = open_features(place, key, verify=False)
        if features is None:
            raise OSError(f"the features in {place} were damaged while they were written; check that disk.")
    elif progress is not None:
        progress(len(split), len(split))
    return Split(features, split.targets, split.ids, split.masks)


def cache_bytes(prefix: keras.Model, num_examples: int, *, views: int = 1, dtype: FeatureType = "float16") -> int:
    """Return how many bytes the features of `num_examples` examples take on disk.

    Args:
        prefix: as for `cache_features`.
        num_examples: 0 or more.
        views: copies of each example.
        dtype: `"float16"` or `"float32"`.

    Raises:
        ValueError: for another type, or a prefix whose output leaves a side open.

    Example:
        >>> from atolye.models import efficientnet_lite0
        >>> prefix = efficientnet_lite0((96, 96, 3), weights=None, include_top=False)
        >>> cache_bytes(prefix, 50_000) / 1e9
        1.152
    """
    if dtype not in get_args(FeatureType):
        raise ValueError(f"Received dtype={dtype!r}; expected 'float16' or 'float32', the types that are kept on disk.")
    return num_examples * views * int(np.prod(_output_shape(prefix))) * np.dtype(dtype).itemsize


def _output_shape(prefix: Any) -> tuple[int, ...]:
    if len(prefix.outputs) != 1 or len(prefix.inputs) != 1 or None in prefix.outputs[0].shape[1:]:
        shapes = [tuple(tensor.shape) for tensor in prefix.outputs]
        raise ValueError(
            f"Received the prefix {prefix.name!r} with {len(prefix.inputs)} inputs and outputs of shape "
            f"{', '.join(map(str, shapes))}; expected one input, and one output whose sides are known. Build it for "
            "images of one size."
        )
    return tuple(int(size) for size in prefix.outputs[0].shape[1:])


def _check(prefix: Any, split: Split, augment: Augment | None, views: int, batch_size: int) -> None:
    if isinstance(split.inputs, pd.DataFrame):
        raise ValueError("the prefix needs numbers; received raw columns of a table. Encode them first (TableEncoder).")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1; received {batch_size}.")
    if views < 1 or (views > 1 and augment is None):
        raise ValueError(
            f"Received views={views} with augment={augment}; expected 1 or more views, and an augmentation for more "
            "than 1: without one all views are alike."
        )
    if getattr(augment, "needs_labels", False):
        raise ValueError(
            f"Received augment={type(augment).__name__}, which mixes images and their labels; expected one that "
            "changes images alone, since features are kept for each. Leave MixUp and CutMix out."
        )
    _output_shape(prefix)
    expected, received = tuple(prefix.inputs[0].shape[1:]), tuple(split.inputs.shape[1:])
    if len(expected) != len(received) or any(
        one not in (None, two) for one, two in zip(expected, received, strict=True)
    ):
        raise ValueError(
            f"Received inputs of shape {received} for the prefix {prefix.name!r}, which takes {expected}. Build it for "
            "inputs of that shape, with a Resizing layer in front where the network takes another."
        )
    random = [layer.name for layer in prefix._flatten_layers() if isinstance(layer, MCDropout)]
    if random:
        raise ValueError(
            f"the layer {random[0]!r} of the prefix draws random numbers at inference, so that nothing can be kept; "
            "cut the model before it."
        )


def _views(
    inputs: np.ndarray, augment: Augment | None, views: int, seed: int, batch_size: int
) -> Iterator[list[np.ndarray]]:
    """Yield batches in order, each as a list of its views."""
    # A generator for each view goes through the examples in order, so that the batch size does not matter.
    generators = [np.random.default_rng([seed, view, 2]) for view in range(views)]
    for start in range(0, len(inputs), batch_size):
        batch = np.ascontiguousarray(inputs[start : start + batch_size])
        if augment is None:
            yield [batch]
            continue
        yield [augment.augment(batch, generator=generator, epoch=view) for view, generator in enumerate(generators)]


def _computed(prefix: Any, batches: Iterator[list[np.ndarray]], dtype: str) -> Iterator[list[np.ndarray]]:
    """Yield the features of each batch, view by view, while the next batch is made ready."""
    forward = compile_pass(prefix, dtype)
    with ThreadPoolExecutor(1) as worker:
        waiting = worker.submit(next, batches, None)
        while (views := waiting.result()) is not None:
            waiting = worker.submit(next, batches, None)
            features = [forward(view) for view in views]
            for values in features:
                _check_finite(values, prefix, dtype)
            yield features


def _counted(
    features: Iterator[list[np.ndarray]], total: int, progress: Progress | None, *, stacked: bool
) -> Iterator[np.ndarray]:
    """Yield one array for each batch, `(batch, ...)` or `(batch, views, ...)`, and tell how many are done."""
    done = 0
    for views in features:
        yield np.stack(views, axis=1) if stacked else views[0]
        done += len(views[0])
        if progress is not None:
            progress(done, total)


def _check_finite(values: np.ndarray, prefix: Any, dtype: str) -> None:
    if np.isfinite(values).all():
        return
    layer = prefix.outputs[0]._keras_history[0].name
    if dtype == "float16" and not np.isnan(values).any():
        raise ValueError(
            f"the layer {layer!r} gives values above {np.finfo(np.float16).max:.0f}, the largest that float16 keeps. "
            'Pass dtype="float32", which takes twice the room.'
        )
    raise ValueError(
        f"the layer {layer!r} gives values that are no finite numbers. Look for them in the inputs and in the weights."
    )
