"""What a fine-tuning does where its recipe says nothing: it depends on how many images there are."""

from typing import NamedTuple

from atolye.transfer.strategy import NormPolicy
from atolye.transfer.strategy_rules import MANY


class Defaults(NamedTuple):
    """Settings that a recipe leaves open.

    Args:
        share: of the blocks that train beside the head.
        batch_norm: what their batch normalization does; see `apply_strategy`.
        augment: policy by which images are changed where blocks train.
        head_epochs: of the head alone, before blocks join in.
        epochs: of the last stage.
        head_learning_rate: peak where the head trains alone.
        learning_rate: peak where blocks train.
        batch_size: examples per update.
    """

    share: float
    batch_norm: NormPolicy
    augment: str
    head_epochs: int
    epochs: int
    head_learning_rate: float
    learning_rate: float
    batch_size: int


# Few images: few blocks, small steps, statistics as they came. Many can teach a network anew.
FEW_DEFAULTS = Defaults(1 / 3, "freeze", "none", 20, 15, 1e-3, 1e-4, 32)
MANY_DEFAULTS = Defaults(2 / 3, "train", "light", 5, 8, 5e-3, 5e-4, 64)


def defaults_for(num_examples: int, strategy: str) -> Defaults:
    """Return the defaults for so many training images; a head alone is trained as with few.

    Args:
        num_examples: training images; more than 10,000 are many.
        strategy: as in a recipe.

    Example:
        >>> defaults_for(45_000, "two_stage").epochs, defaults_for(45_000, "feature_extraction").epochs
        (8, 15)
    """
    return MANY_DEFAULTS if num_examples > MANY and strategy != "feature_extraction" else FEW_DEFAULTS
