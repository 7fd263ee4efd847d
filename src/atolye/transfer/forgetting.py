"""Catastrophic forgetting, measured: what the source task loses while the target task is learnt."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import keras
import pandas as pd

from atolye.data import Dataset, batches
from atolye.data.image_store import Progress
from atolye.models.head import output_layer
from atolye.train.preserved_state import preserved_random_state
from atolye.train.same_start import snapshot, start_over
from atolye.transfer.blocks import find_blocks
from atolye.transfer.source_accuracy import SourceAccuracy
from atolye.transfer.strategy import NormPolicy, Strategy, apply_strategy, set_batch_norm


def measure_forgetting(
    model: keras.Model,
    source: Dataset,
    target: Dataset,
    *,
    learning_rates: Sequence[float] = (1e-2, 1e-3, 1e-4),
    strategies: Sequence[Strategy] = ("feature_extraction", "partial", "full"),
    blocks: int | None = None,
    batch_norm: NormPolicy = "freeze",
    epochs: int = 5,
    batch_size: int = 64,
    split: Literal["validation", "test"] = "validation",
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Train a source task's network on a target task, for each strategy and learning rate from the same weights.

    Use it to see the price of fine-tuning: after every epoch the accuracy on both tasks is measured, on the source task
    through the head that it was trained with. Each setting starts from the same trunk, the same new head and the same
    order of the examples, with Adam. The model itself is left as it was.

    Reference: McCloskey and Cohen (1989), Catastrophic interference in connectionist networks; Goodfellow et al.
        (2013), arXiv:1312.6211. Kirkpatrick et al. (2017), arXiv:1612.00796, is a way to forget less.

    Args:
        model: a Functional classifier trained on the source task; its last layer is the head, the rest the trunk.
        source: the source task; only the split that judges is read.
        target: the target task, with images of the same shape; see `atolye.data.select_classes`.
        learning_rates: rates of Adam, above 0.
        strategies: which part of the trunk trains with the new head; see `apply_strategy`. A trunk without named
            blocks has no `"partial"`.
        blocks: how many of the last blocks train with `"partial"`; by default half of them.
        batch_norm: what batch normalization does in the blocks that train; see `apply_strategy`.
        epochs: passes over the target's training examples, 1 or more.
        batch_size: examples an update.
        split: which split of both tasks judges.
        seed: seed of the new head and of the order of the examples.
        progress: called with `(done, total)` after each setting.

    Returns:
        One row an epoch, from 0 (before the training), with the columns `learning_rate`, `strategy`, `epoch`,
        `target_accuracy` and `source_accuracy`. See `forgetting_table` and `draw_forgetting`.

    Raises:
        ValueError: when model and data do not fit, or a setting is out of its range; before any training.

    Example:
        >>> from atolye.data import load_dataset, select_classes
        >>> from atolye.models import vgg_small
        >>> digits = load_dataset("digits")
        >>> low, high = (select_classes(digits, ids) for ids in (range(5), range(5, 10)))
        >>> model = vgg_small((8, 8, 1), 5, widths=(8,))  # to be trained on low
        >>> found = measure_forgetting(model, low, high, learning_rates=[1e-3], strategies=["full"], epochs=2)
        >>> found["epoch"].tolist()
        [0, 1, 2]
    """
    _check(model, source, target, learning_rates, strategies, epochs)
    trunk = keras.Model(model.inputs, _before_head(model), name="trunk")
    blocks = _half(trunk) if "partial" in strategies and blocks is None else blocks
    with _preserved(model), preserved_random_state():
        for strategy in strategies:  # what is wrong is told before the first training
            _apply(trunk, strategy, blocks, batch_norm)
        keras.utils.set_random_seed(seed)
        learner = keras.Model(model.inputs, output_layer(target.num_classes)(trunk.output), name="learner")
        start = snapshot(learner.variables)
        judges = (
            SourceAccuracy(learner, target.splits[split], name="target_accuracy"),
            SourceAccuracy(model, source.splits[split]),
        )
        frames, total = [], len(strategies) * len(learning_rates)
        for strategy in strategies:
            _apply(trunk, strategy, blocks, batch_norm)
            loss = "binary_crossentropy" if target.num_classes == 2 else "sparse_categorical_crossentropy"
            learner.compile(keras.optimizers.Adam(), loss, jit_compile=keras.backend.backend() == "jax")
            for rate in learning_rates:
                start_over(learner, start, seed=seed)
                learner.optimizer.learning_rate = rate
                examples = batches(target.train, batch_size, shuffle=True, seed=seed)
                log = learner.fit(examples, epochs=epochs, shuffle=False, verbose=0, callbacks=list(judges)).history
                accuracies = {judge.name: [judge.before, *log[judge.name]] for judge in judges}
                setting = {"learning_rate": rate, "strategy": strategy, "epoch": range(epochs + 1)}
                frames.append(pd.DataFrame(setting | accuracies))
                if progress is not None:
                    progress(len(frames), total)
    return pd.concat(frames, ignore_index=True)


def forgetting_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return what each setting of `measure_forgetting` gained and lost from before the training to its last epoch.

    Args:
        found: what `measure_forgetting` returned.

    Returns:
        One row a setting, with the columns `strategy`, `learning_rate`, `target_accuracy` and `source_accuracy` (at the
        end), `target_gained` and `source_lost` (shares; lost is positive).

    Example:
        >>> rows = [(0.01, "full", 0, 0.2, 0.9), (0.01, "full", 1, 0.8, 0.5)]
        >>> columns = ["learning_rate", "strategy", "epoch", "target_accuracy", "source_accuracy"]
        >>> forgetting_table(pd.DataFrame(rows, columns=columns)).round(2).to_dict("records")[0]["source_lost"]
        0.4
    """
    rows = []
    for (strategy, rate), group in found.groupby(["strategy", "learning_rate"], sort=False):
        group = group.sort_values("epoch")
        (before_target, *_, target), (before_source, *_, source) = group["target_accuracy"], group["source_accuracy"]
        rows.append((strategy, rate, target, source, target - before_target, before_source - source))
    columns = ["strategy", "learning_rate", "target_accuracy", "source_accuracy", "target_gained", "source_lost"]
    return pd.DataFrame(rows, columns=columns)


def _before_head(model: Any) -> Any:
    """Return what goes into the last layer, in this model: it may be part of others, as after `cut`."""
    head, node, _ = model.output._keras_history
    return head._inbound_nodes[node].input_tensors[0]


def _apply(trunk: keras.Model, strategy: Strategy, blocks: int | None, batch_norm: NormPolicy) -> None:
    if strategy == "partial" or _has_blocks(trunk):
        apply_strategy(trunk, strategy, blocks=blocks if strategy == "partial" else None, batch_norm=batch_norm)
        return
    for layer in trunk._flatten_layers():  # without names of blocks the trunk is one
        layer.trainable = strategy == "full"
        if strategy == "full" and isinstance(layer, keras.layers.BatchNormalization):
            set_batch_norm(layer, batch_norm)


def _has_blocks(trunk: keras.Model) -> bool:
    try:
        return bool(find_blocks(trunk))
    except ValueError:
        return False


def _half(trunk: keras.Model) -> int:
    return max(1, len(find_blocks(trunk)) // 2)


@contextmanager
def _preserved(model: keras.Model) -> Iterator[None]:
    """Put back weights, statistics and what trains, also when the block was interrupted."""
    values = snapshot(model.variables)
    layers = [(layer, layer.trainable) for layer in model._flatten_layers()]  # outer ones first
    variables = [(variable, variable.trainable) for variable in model.variables]
    try:
        yield
    finally:
        for part, trains in [*layers, *variables]:
            part.trainable = trains
        for variable, value in zip(model.variables, values, strict=True):
            variable.assign(value)


def _check(
    model: Any,
    source: Dataset,
    target: Dataset,
    learning_rates: Sequence[float],
    strategies: Sequence[str],
    epochs: int,
) -> None:
    if isinstance(model, keras.Sequential) or not hasattr(model, "operations"):
        raise ValueError(
            f"Received {model.name!r} ({type(model).__name__}); expected a Functional model, which can be cut before "
            "its head. Build it with keras.Model(inputs, outputs)."
        )
    for name, data in (("source", source), ("target", target)):
        if data.kind != "image" or data.task != "classification" or data.input_shape != tuple(model.input_shape[1:]):
            raise ValueError(
                f"Received as {name} {data.name!r}, {data.kind}, {data.task}, {data.input_shape}; expected a "
                f"classification of images of shape {tuple(model.input_shape[1:])}, which the model reads."
            )
    classes = 2 if model.output_shape[-1] == 1 else model.output_shape[-1]
    if classes != source.num_classes:
        raise ValueError(
            f"Received a model of {classes} classes and a source of {source.num_classes}; expected the task that the "
            "model was trained on."
        )
    if not strategies or not learning_rates or min(learning_rates) <= 0 or epochs < 1:
        raise ValueError(
            f"Received strategies={tuple(strategies)}, learning_rates={tuple(learning_rates)}, epochs={epochs}; "
            "expected one strategy or more, rates above 0, and one epoch or more."
        )
