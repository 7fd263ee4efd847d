"""The stages of a fine-tuning, as data: what trains in each, for how long, at which rates."""

from dataclasses import dataclass
from typing import Any

from atolye.doctor.stage_rates_too_close import FACTOR
from atolye.train.fine_tune_recipe import FineTuneRecipe
from atolye.transfer.fine_tune_defaults import defaults_for
from atolye.transfer.strategy import NormPolicy, Strategy


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
        batch_norm: what the batch normalization of blocks that train does; see `apply_strategy`.
        augment: policy by which images are changed; `"none"`.
        batch_size: examples per update.
        label_smoothing: share of the target that is spread over all classes; the same in all stages of a training,
            whose losses are compared.
    """

    name: str
    strategy: Strategy
    blocks: int | None
    epochs: int
    learning_rate: float
    layer_decay: float = 1.0
    batch_norm: NormPolicy = "freeze"
    augment: str = "none"
    batch_size: int = 32
    label_smoothing: float = 0.0

    def describe(self) -> str:
        """Return the stage in one line.

        Example:
            >>> print(Stage("top", "partial", 6, 15, 1e-4).describe())  # doctest: +NORMALIZE_WHITESPACE
            Stage top: the last 6 blocks and the head, batch_norm freeze, augment none; at most 15 epochs, learning rate
            0.0001, batches of 32
        """
        blocks = "the last block" if self.blocks == 1 else f"the last {self.blocks} blocks"
        what = {
            "feature_extraction": "the head",
            "partial": f"{blocks} and the head",
            "full": "all blocks and the head",
        }
        how = "" if self.strategy == "feature_extraction" else f", batch_norm {self.batch_norm}"
        how += f", augment {self.augment}"
        how += f", labels smoothed by {self.label_smoothing:g}" if self.label_smoothing else ""
        return (
            f"Stage {self.name}: {what[self.strategy]}{how}; at most {self.epochs} epochs, "
            f"learning rate {self.learning_rate:g}, batches of {self.batch_size}"
        )


def stages(recipe: FineTuneRecipe, num_blocks: int, num_examples: int) -> tuple[Stage, ...]:
    """Return the stages that a recipe asks for, in their order; what it leaves open depends on the number of images.

    The head of a network that was trained on something else starts from random numbers; its first gradients would spoil
    the weights below. So in `"two_stage"` it trains alone before blocks join in, at a lower rate, and on images as they
    are: it only has to stop being random.

    Reference: Kumar et al. (2022), Fine-Tuning can Distort Pretrained Features, arXiv:2202.10054.

    Args:
        recipe: all settings.
        num_blocks: of the backbone; see `find_blocks`.
        num_examples: training images. More than 10,000 can train all blocks, in larger steps and fewer epochs.

    Raises:
        ValueError: when more blocks are to train than there are.

    Example:
        >>> recipe = FineTuneRecipe(data="photos/")
        >>> [(stage.name, stage.blocks, stage.learning_rate) for stage in stages(recipe, 18, 200)]
        [('head', None, 0.001), ('top', 6, 0.0001)]
        >>> [(stage.name, stage.blocks, stage.learning_rate) for stage in stages(recipe, 18, 45_000)]
        [('head', None, 0.003), ('all', None, 0.0003)]
    """
    default = defaults_for(num_examples, recipe.strategy)
    head_rate = recipe.head_learning_rate or default.head_learning_rate
    rate = recipe.learning_rate or min(default.learning_rate, head_rate / FACTOR)
    batch_size, augment = recipe.batch_size or default.batch_size, recipe.augment or default.augment
    epochs = recipe.epochs or default.epochs
    smoothing = default.label_smoothing if recipe.label_smoothing is None else recipe.label_smoothing
    common: dict[str, Any] = {"batch_size": batch_size, "label_smoothing": smoothing}
    if recipe.strategy == "feature_extraction":
        return (Stage("head", "feature_extraction", None, epochs, head_rate, augment=augment, **common),)
    head = Stage("head", "feature_extraction", None, recipe.head_epochs or default.head_epochs, head_rate, **common)
    rest = (epochs, rate, recipe.layer_decay, recipe.batch_norm, augment)
    every = Stage("all", "full", None, *rest, **common)
    if recipe.strategy == "full":
        return (every,)
    if recipe.strategy == "two_stage" and recipe.blocks is None and default.all_blocks:
        return (head, every)
    if recipe.blocks is not None and recipe.blocks >= num_blocks:
        raise ValueError(
            f"Received blocks={recipe.blocks} for {recipe.backbone}, which has {num_blocks}; expected 1 to "
            f"{num_blocks - 1}. Take strategy='full' to train them all."
        )
    top = Stage("top", "partial", recipe.blocks or max(1, num_blocks // 3), *rest, **common)
    return (top,) if recipe.strategy == "partial" else (head, top)
