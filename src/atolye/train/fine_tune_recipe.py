"""A recipe: all settings of one training that starts from a pretrained network."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from atolye.train import settings
from atolye.train.data_recipe import DataRecipe


class FineTuneRecipe(DataRecipe):
    """All settings of one fine-tuning; every field but `data` has a default that is right for photographs on a CPU.

    Use it with `atolye.transfer.fine_tune`. What is left open (None) depends on how many images there are: see
    `atolye.transfer.stages`. It stands beside `Recipe`, so that it is checked before Keras is loaded.

    Raises:
        ValueError: when a key is unknown (the nearest is named) or a value is out of range.

    Example:
        >>> FineTuneRecipe(data="photos/", strategy="partial", blocks=3).optimizer
        'adam'
        >>> FineTuneRecipe(data="photos/", strategy="full", blocks=3)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: recipe key 'blocks' is for strategy 'partial' and 'two_stage'; received blocks=3 with 'full'. ...
    """

    command: ClassVar[str] = "finetune"

    image_size: int | None = Field(
        None,
        ge=32,
        le=1024,
        description="side in pixels at which the backbone sees the images; default 160 for photographs, 96 for smaller "
        "arrays, which are enlarged inside of the model",
    )

    backbone: str = Field("efficientnet-lite0", description="pretrained network; its weights are installed with atolye")
    weights: str = Field("imagenet", description="imagenet, random, or a file of the backbone's weights")
    strategy: Literal["feature_extraction", "partial", "full", "two_stage"] = Field(
        "two_stage",
        description="what trains: the head; it and the last blocks; all; first the head, then as blocks says",
    )
    blocks: int | None = Field(
        None,
        ge=1,
        description="partial, two_stage: how many of the last blocks train; default a third of them, in two_stage all "
        "with more than 10,000 images",
    )
    batch_norm: Literal["freeze", "statistics", "train"] = Field(
        "freeze", description="of blocks that train: neither statistics nor weights change, statistics do, or both"
    )
    dropout: float = Field(0.2, ge=0, lt=1, description="share of the features dropped before the head in training")

    augment: settings.Augment | None = Field(
        None,
        description="how much images are changed at random where blocks train; default none, medium with more than "
        "10,000 images",
    )
    augment_flip: settings.AugmentFlip = True
    cache: bool = Field(True, description="compute what the frozen part gives once, and keep it on disk")
    views: int = Field(4, ge=1, le=64, description="cache with augment: changed copies of each image that are kept")

    head_epochs: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="two_stage: epochs of the head alone, at most; default 20, 5 with more than 10,000 images",
    )
    head_learning_rate: float | None = Field(
        None,
        gt=0,
        le=10,
        description="peak learning rate where only the head trains; default 0.001, 0.003 before a stage with more than "
        "10,000 images",
    )
    epochs: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="epochs of the last stage, at most; of the head where it is all; default 15, 10 where blocks train "
        "on more than 10,000 images",
    )
    learning_rate: float | None = Field(
        None,
        gt=0,
        le=10,
        description="peak learning rate where blocks train; default 0.0001, 0.0003 with more than 10,000 images",
    )
    layer_decay: float = Field(
        1.0, gt=0, le=1, description="learning rate of a block as a share of that of the block behind it"
    )
    warmup: float = Field(0.1, ge=0, lt=1, description="share of a stage's updates in which the rate rises from 0")
    batch_size: settings.BatchSize | None = Field(
        None, description="examples per update; default 32, 64 where blocks train on more than 10,000 images"
    )
    optimizer: settings.Optimizer = "adam"
    label_smoothing: settings.LabelSmoothing | None = Field(
        None,
        description="share of the target spread over all classes; default 0, 0.1 where blocks train on more than "
        "10,000 images",
    )
    class_weight: settings.ClassWeight = "none"
    patience: settings.Patience = 5
    min_delta: settings.MinDelta = 1e-4
    budget_seconds: settings.BudgetSeconds = None
    precision: settings.Precision = "auto"
    seed: settings.Seed = 0

    @model_validator(mode="after")
    def _check_blocks(self) -> Self:
        if self.blocks is not None and self.strategy in ("feature_extraction", "full"):
            raise ValueError(
                f"recipe key 'blocks' is for strategy 'partial' and 'two_stage'; received blocks={self.blocks} with "
                f"{self.strategy!r}. Leave it out, or take another strategy."
            )
        return self
