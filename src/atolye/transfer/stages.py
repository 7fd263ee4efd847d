"""The stages of a fine-tuning, as data: what trains in each, for how long, at which rates."""

from dataclasses import dataclass

from atolye.train.fine_tune_recipe import FineTuneRecipe
from atolye.transfer.strategy import Strategy


@dataclass(frozen=True)
class Stage:
    """One part of a training, in which the same layers train all the time.

    Args:
        name: `"head"`, or what trains beside it: `"top"`, `"all"`.
        strategy: which of the backbone's blocks train; see `apply_strategy`.
        blocks: how many of them, for `"partial"`.
        epochs: at most.
        learning_rate: the peak's.
        layer_decay: rate of a block as a share of that of the block behind it.
    """

    name: str
    strategy: Strategy
    blocks: int | None
    epochs: int
    learning_rate: float
    layer_decay: float = 1.0


def stages(recipe: FineTuneRecipe, num_blocks: int) -> tuple[Stage, ...]:
    """Return the stages that a recipe asks for, in their order.

    The head of a network that was trained on something else starts from random numbers; its first gradients would spoil
    the weights below. So in `"two_stage"` it trains alone before blocks join in, at a lower rate.

    Reference: Kumar et al. (2022), Fine-Tuning can Distort Pretrained Features, arXiv:2202.10054.

    Args:
        recipe: all settings.
        num_blocks: of the backbone; see `find_blocks`.

    Raises:
        ValueError: when more blocks are to train than there are.

    Example:
        >>> recipe = FineTuneRecipe(data="photos/", blocks=3)
        >>> [(stage.name, stage.blocks, stage.learning_rate) for stage in stages(recipe, 18)]
        [('head', None, 0.001), ('top', 3, 0.0001)]
    """
    head = Stage("head", "feature_extraction", None, recipe.head_epochs, recipe.head_learning_rate)
    if recipe.strategy == "feature_extraction":
        return (Stage("head", "feature_extraction", None, recipe.epochs, recipe.head_learning_rate),)
    if recipe.strategy == "full":
        return (Stage("all", "full", None, recipe.epochs, recipe.learning_rate, recipe.layer_decay),)
    if recipe.blocks is not None and recipe.blocks >= num_blocks:
        raise ValueError(
            f"Received blocks={recipe.blocks} for {recipe.backbone}, which has {num_blocks}; expected 1 to "
            f"{num_blocks - 1}. Take strategy='full' to train them all."
        )
    blocks = recipe.blocks or max(1, num_blocks // 3)
    top = Stage("top", "partial", blocks, recipe.epochs, recipe.learning_rate, recipe.layer_decay)
    return (top,) if recipe.strategy == "partial" else (head, top)
