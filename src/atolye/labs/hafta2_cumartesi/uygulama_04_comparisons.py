"""What lab 2.4 compares beside its main training: unfreezing, forgetting, cached against uncached, right and wrong."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd

from atolye.data import Dataset, Split, batches, select_classes
from atolye.models.head import output_layer
from atolye.train.callbacks import EpochSeconds
from atolye.train.create_variables import create_variables
from atolye.train.same_start import snapshot
from atolye.transfer import (
    InferenceMode,
    TransferModel,
    cache_bytes,
    cache_features,
    cut,
    fold_batch_norm,
    measure_forgetting,
)
from atolye.transfer.strategy import Strategy
from atolye.transfer.strategy_rules import RULES
from atolye.transfer.transfer_model import POOL

_HEAD_RATE, _HEAD_EPOCHS, _BATCH = 1e-3, 8, 16  # of the network that knows the source task
_FOLDED_FROM = 200  # images: folding takes as long as they do
_EPOCHS = 3  # of each way, cached and uncached: the first one also traces


def count_unfrozen(backbone: keras.Model) -> pd.DataFrame:
    """Freeze and unfreeze a backbone in three orders, and count what trains in the end.

    Args:
        backbone: with batch normalization; what trains is changed, weights are not.

    Returns:
        One row an order: `order`, `norms` (that train) and `weights` (tensors that train).
    """
    norms = [layer for layer in backbone.layers if isinstance(layer, keras.layers.BatchNormalization)]

    def freeze_norms() -> None:
        for norm in norms:
            norm.trainable = False

    def set_all(trains: bool) -> Callable[[], None]:
        return lambda: setattr(backbone, "trainable", trains)

    orders: dict[str, list[Callable[[], None]]] = {
        "all frozen": [set_all(False)],
        "unfrozen, then each norm frozen": [set_all(False), set_all(True), freeze_norms],
        "each norm frozen, then unfrozen": [set_all(False), freeze_norms, set_all(True)],
    }
    rows = []
    for order, steps in orders.items():
        for step in steps:
            step()
        rows.append((order, sum(norm.trainable for norm in norms), len(backbone.trainable_weights)))
    return pd.DataFrame(rows, columns=["order", "norms", "weights"])


def norm_drift(model: keras.Model, before: Sequence[np.ndarray]) -> float:
    """Return how far the moving means of batch normalization went, on average, in their standard deviations.

    Args:
        model: after a training.
        before: `snapshot(model.variables)`, taken before it.
    """
    values = {id(variable): value for variable, value in zip(model.variables, before, strict=True)}
    moved = []
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            mean, variance = (values[id(each)] for each in (layer.moving_mean, layer.moving_variance))
            now = keras.ops.convert_to_numpy(layer.moving_mean)
            moved.append(np.abs(now - mean) / np.sqrt(variance + layer.epsilon))
    return float(np.concatenate(moved).mean())


def follow_forgetting(
    built: TransferModel,
    data: Dataset,
    *,
    start_from: str,
    strategies: Sequence[Strategy],
    rates: Sequence[float],
    blocks: int,
    epochs: int,
    seed: int = 0,
    eager: bool = False,
) -> pd.DataFrame:
    """Teach a network the first five classes, then the others, and follow both; see `measure_forgetting`.

    What lies before the layer `start_from` is frozen in all strategies, and computed once.

    Args:
        built: with the weights to start from; they are left as they are.
        data: of ten classes.
        start_from: layer behind which training may begin.
        strategies: what trains.
        rates: learning rates of Adam.
        blocks: how many of the last blocks train with `"partial"`.
        epochs: on the target task.
        seed: of heads and orders.
        eager: the source's head, without compiling, for a few steps.
    """
    source, target = (select_classes(data, range(first, first + 5)) for first in (0, 5))
    keras.utils.set_random_seed(seed)
    pooled = built.model.get_layer(POOL).output
    classifier = keras.Model(built.model.inputs, output_layer(5)(pooled), name="source")

    prefix, head = cut(classifier, POOL)
    known = _features(prefix, source)
    compiled: dict[str, Any] = {"jit_compile": False, "run_eagerly": eager}
    head.compile(keras.optimizers.Adam(_HEAD_RATE), "sparse_categorical_crossentropy", **compiled)
    head.fit(batches(known.train, _BATCH, shuffle=True, seed=seed), epochs=_HEAD_EPOCHS, shuffle=False, verbose=0)

    prefix, piece = cut(classifier, start_from)
    return measure_forgetting(
        piece,
        _features(prefix, source),
        _features(prefix, target),
        strategies=strategies,
        learning_rates=rates,
        blocks=blocks if "partial" in strategies else None,
        epochs=epochs,
        batch_size=_BATCH,
        seed=seed,
    )


def cached_against_uncached(
    network: TransferModel,
    data: Dataset,
    parts: Callable[..., Any],
    *,
    blocks: int,
    batch: int,
    seed: int,
    eager: bool = False,
) -> pd.DataFrame:
    """Train the last blocks for three epochs, once on kept features and once on images, from the same weights.

    Args:
        network: in float32; its weights are put back in the end.
        data: images; what was kept goes to a folder of its own that is removed.
        parts: from the network, a strategy and a number of blocks to what is frozen and what trains.
        blocks: how many train.
        batch: examples an update.
        seed: of the order of the examples.
        eager: without compiling, for a few steps.

    Returns:
        Index `way`, `cached` and `uncached`: `pass_seconds` (once), `epoch_seconds`, `loss` of the last epoch,
        `megabytes` on disk.
    """
    frozen, trained = parts(network, "partial", blocks)
    images = keras.Input(data.input_shape)
    whole = keras.Model(images, trained(InferenceMode(frozen)(images)))
    start, rows = snapshot(network.model.variables), {}
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        features = cache_features(fold_batch_norm(frozen), data.train, folder=folder, dtype="float32")
        took, size = time.perf_counter() - began, cache_bytes(frozen, len(data.train), dtype="float32")
        for way, model, train in (("cached", trained, features), ("uncached", whole, data.train)):
            for variable, value in zip(network.model.variables, start, strict=True):
                variable.assign(value)
            compiled: dict[str, Any] = {"jit_compile": False, "run_eagerly": eager}
            model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", **compiled)
            create_variables(model, np.asarray(train.inputs[:1]), train.targets[:1])
            epochs = batches(train, batch, shuffle=True, seed=seed)
            log = model.fit(epochs, epochs=_EPOCHS, shuffle=False, verbose=0, callbacks=[EpochSeconds()]).history
            paid = {"pass_seconds": took, "megabytes": size / 1e6} if way == "cached" else {}
            rows[way] = paid | {"epoch_seconds": min(log["seconds"][1:]), "loss": log["loss"][-1]}
        del features  # lets go of the file before its folder goes
    for variable, value in zip(network.model.variables, start, strict=True):
        variable.assign(value)
    columns = ["pass_seconds", "epoch_seconds", "loss", "megabytes"]
    return pd.DataFrame(rows).T[columns].rename_axis("way")


def savings(costs: pd.DataFrame, *, epochs: int) -> dict[str, float]:
    """Return what keeping features saves, an epoch and with the pass over a whole training.

    Args:
        costs: of `cached_against_uncached`.
        epochs: of the training.

    Example:
        >>> rows = {"pass_seconds": [2.0, None], "epoch_seconds": [1.0, 3.0], "loss": [0.5, 0.5]}
        >>> savings(pd.DataFrame(rows, index=["cached", "uncached"]), epochs=4)
        {'factor': 3.0, 'whole': 2.0, 'pays_from': 1.0, 'gap': 0.0, 'epochs': 4}
    """
    cached, uncached = costs.loc["cached"], costs.loc["uncached"]
    gained = uncached["epoch_seconds"] - cached["epoch_seconds"]
    whole = epochs * uncached["epoch_seconds"] / (cached["pass_seconds"] + epochs * cached["epoch_seconds"])
    return {
        "factor": float(uncached["epoch_seconds"] / cached["epoch_seconds"]),
        "whole": float(whole),
        "pays_from": float(cached["pass_seconds"] / gained) if gained > 0 else float("inf"),
        "gap": float(abs(cached["loss"] - uncached["loss"])),
        "epochs": epochs,
    }


def right_and_wrong(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how sure a model was where it was right and where it was wrong.

    Args:
        frame: predictions with `target`, `prediction` and `confidence`.

    Example:
        >>> frame = pd.DataFrame({"target": [0, 1, 1], "prediction": [0, 1, 0], "confidence": [0.95, 0.75, 0.6]})
        >>> right_and_wrong(frame)[["answer", "count", "sure"]].values.tolist()
        [['right', 2, 0.5], ['wrong', 1, 0.0]]
    """
    right = frame["target"] == frame["prediction"]
    parts: Mapping[str, pd.Series] = {"right": frame["confidence"][right], "wrong": frame["confidence"][~right]}
    rows = [(name, len(sure), sure.mean(), sure.median(), (sure > 0.9).mean()) for name, sure in parts.items()]
    return pd.DataFrame(rows, columns=["answer", "count", "mean", "median", "sure"])


def rules() -> pd.DataFrame:
    """Return the guide's rules: rows by number of examples, columns by likeness, cells name the share that trains."""
    names = {0: "head", 1 / 4: "quarter", 1 / 2: "half", 1: "all"}
    rows = [
        {"amount": amount} | {likeness: names[RULES[amount, likeness].share] for likeness in ("high", "medium", "low")}
        for amount in ("few", "some", "many")
    ]
    return pd.DataFrame(rows)


def backbones(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `advise` with parameters and FLOPs in millions, narrow enough for a page."""
    millions = {name: table[name] / 1e6 for name in ("parameters", "flops")}
    return table.assign(**millions).drop(columns=["weights_here", "images_per_second"])


def _features(prefix: keras.Model, data: Dataset) -> Dataset:
    """Return the dataset with features for images in the splits that train and judge."""
    prefix = prefix if len(data.train) < _FOLDED_FROM else fold_batch_norm(prefix)
    parts: dict[str, Split] = {name: cache_features(prefix, data.splits[name]) for name in ("train", "validation")}
    return replace(data, **parts)
