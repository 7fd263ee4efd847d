"""Which part of a backbone trains, always in whole blocks, and what its batch normalization does meanwhile."""

from typing import Literal, get_args

import keras

from atolye.transfer.blocks import find_blocks

Strategy = Literal["feature_extraction", "partial", "full"]
NormPolicy = Literal["freeze", "statistics", "train"]


def apply_strategy(
    model: keras.Model, strategy: Strategy, *, blocks: int | None = None, batch_norm: NormPolicy = "freeze"
) -> tuple[str, ...]:
    """Set which layers of a backbone train; return the names of the blocks that do.

    Use it after building a model on a backbone and before `compile`, which takes note of what trains. A frozen block
    is frozen whole: its batch normalization uses the statistics that it came with, whatever the policy says, so that
    the block gives the same for the same image, in training too.

    Reference: Yosinski et al. (2014), arXiv:1411.1792, for how far to train; Li et al. (2016), arXiv:1603.04779, for
        statistics alone.

    Args:
        model: the backbone.
        strategy: `"feature_extraction"` trains no block, `"partial"` the last ones, `"full"` all.
        blocks: how many of the last blocks train, for `"partial"` and only there; see `find_blocks`.
        batch_norm: of the blocks that train. `"freeze"`: neither its weights nor its statistics change; right for small
            batches and little data. `"statistics"`: it normalizes by the batch and adapts its moving statistics, but
            scale and shift stay. `"train"`: all of it trains, which wants batches of 32 or more.

    Returns:
        The names of the blocks that train, in the order of the computation.

    Raises:
        ValueError: for an unknown word, a number of blocks that is missing or not asked for, 0 of them or more than
            there are, or a model without blocks.

    Example:
        >>> from atolye.models import backbone
        >>> model = backbone("efficientnet-lite0", (32, 32, 3), weights=None)
        >>> apply_strategy(model, "partial", blocks=3)
        ('block6d', 'block7a', 'top')
    """
    _check_word("strategy", strategy, get_args(Strategy))
    _check_word("batch_norm", batch_norm, get_args(NormPolicy))
    parts = find_blocks(model)
    _check_blocks(strategy, blocks, [part.name for part in parts])
    first = {"feature_extraction": len(parts), "partial": len(parts) - (blocks or 0), "full": 0}[strategy]
    # Keras, on TensorFlow, passes this on to no layer when the model is trainable already: each is told below.
    model.trainable = True
    for number, part in enumerate(parts):
        for layer in part.layers:
            for inner in layer._flatten_layers():  # composite layers hold others inside
                inner.trainable = number >= first
                if number >= first and isinstance(inner, keras.layers.BatchNormalization):
                    set_batch_norm(inner, batch_norm)
    return tuple(part.name for part in parts[first:])


def set_batch_norm(norm: keras.layers.BatchNormalization, policy: NormPolicy) -> None:
    """Set what a batch normalization of a part that trains does; see `apply_strategy`."""
    norm.trainable = policy != "freeze"
    for variable in [norm.gamma] * norm.scale + [norm.beta] * norm.center:
        # A layer that trains lets its statistics move, also where its weights do not.
        variable.trainable = policy == "train"


def _check_word(name: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise ValueError(f"Received {name}={word!r}; expected one of {', '.join(map(repr, words))}.")


def _check_blocks(strategy: Strategy, blocks: int | None, names: list[str]) -> None:
    if strategy != "partial":
        if blocks is not None:
            raise ValueError(
                f"Received blocks={blocks} with strategy={strategy!r}, which has no number of blocks; expected None. "
                "Take strategy='partial' to train the last blocks."
            )
        return
    if blocks is None or isinstance(blocks, bool) or not isinstance(blocks, int) or not 1 <= blocks < len(names):
        raise ValueError(
            f"Received blocks={blocks!r} with strategy='partial'; expected a whole number from 1 to {len(names) - 1}, "
            f"since there are {len(names)} blocks ({names[0]}, {names[1]} ... {names[-1]}). To train none take "
            "'feature_extraction', to train all 'full'."
        )
