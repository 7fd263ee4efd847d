"""Optimizers for a stage: one schedule, or one for each block, the earlier the lower."""

from typing import Any

import keras

from atolye.train.optimizers import named_optimizer
from atolye.train.schedules import make_schedule
from atolye.transfer.blocks import find_blocks


def make_optimizer(
    kind: str, learning_rate: float, updates: int, *, warmup: float = 0.1, name: str | None = None
) -> keras.optimizers.Optimizer:
    """Return an optimizer whose rate rises straight from 0 and then falls to 0 along half a cosine.

    Args:
        kind: as for `named_optimizer`: `"adam"`, `"adamw"` or `"sgd"`.
        learning_rate: the peak's.
        updates: in the whole stage.
        warmup: share of the updates in which the rate rises, in [0, 1).
        name: the optimizer's.

    Example:
        >>> optimizer = make_optimizer("adam", 0.1, 100, warmup=0.2)
        >>> [round(float(optimizer.learning_rate(step)), 3) for step in (0, 10, 20, 60, 100)]
        [0.0, 0.05, 0.1, 0.05, 0.0]
    """
    updates = max(2, updates)  # a schedule needs two points
    steps = min(updates - 1, round(warmup * updates))
    schedule = (
        make_schedule("warmup_cosine", learning_rate, updates, warmup_steps=steps)
        if steps
        else make_schedule("cosine", learning_rate, updates)
    )
    return named_optimizer(kind, schedule, name=name)


def layer_rates(
    backbone: keras.Model, kind: str, learning_rate: float, updates: int, *, layer_decay: float, warmup: float = 0.1
) -> keras.optimizers.MultiOptimizer:
    """Return an optimizer with a rate for each block: the last one's and the head's, times `layer_decay` a block.

    Use it when all of a network trains on few images: the first layers hold what all images share, and need to change
    the least. The parts are named as the blocks, so that the history has a column for each.

    Reference: Howard and Ruder (2018), arXiv:1801.06146, section 3.2, there called discriminative fine-tuning.

    Args:
        backbone: the backbone with its blocks; what is not in it is the head.
        kind: as for `make_optimizer`.
        learning_rate: peak rate of the head and the last block.
        updates: in the whole stage.
        layer_decay: in (0, 1].
        warmup: as for `make_optimizer`.

    Example:
        >>> from atolye.models import backbone
        >>> model = backbone("efficientnet-lite0", (32, 32, 3), weights=None)
        >>> optimizer = layer_rates(model, "adam", 0.1, 100, layer_decay=0.5, warmup=0.0)
        >>> [part.name for part in optimizer.optimizers][-3:]
        ['block7a', 'top', 'head']
        >>> [float(part.learning_rate) for part in optimizer.optimizers][-3:]
        [0.05000000074505806, 0.10000000149011612, 0.10000000149011612]
    """
    blocks = [block for block in find_blocks(backbone) if any(layer.trainable_weights for layer in block.layers)]
    by_path: dict[str, Any] = {}
    for distance, block in enumerate(reversed(blocks)):
        part = make_optimizer(kind, learning_rate * layer_decay**distance, updates, warmup=warmup, name=block.name)
        by_path |= {weight.path: part for layer in block.layers for weight in layer.trainable_weights}
    head = make_optimizer(kind, learning_rate, updates, warmup=warmup, name="head")
    ordered = dict(reversed(by_path.items()))
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(head, ordered))
