"""A recipe: all settings of one training from a random start."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from atolye.train import settings
from atolye.train.data_recipe import DataRecipe
from atolye.train.model_names import WHITENED, check_model_name
from atolye.train.named_recipes import recipe_file


class Recipe(DataRecipe):
    """All settings of one training; every field but `data` has a default that is right for small data on a CPU.

    Fields that are None are chosen from the data when the training starts.

    Raises:
        ValueError: when a key is unknown (the nearest is named) or a value is out of range.

    Example:
        >>> Recipe(data="mnist_small", epochs=5).epochs
        5
        >>> Recipe(data="mnist_small", epoch=5)
        Traceback (most recent call last):
        ...
        ValueError: unknown recipe key 'epoch'. Did you mean 'epochs'?
    """

    model: str = Field(
        "auto",
        description="architecture; auto: cnn for images, mlp for tables; others: vgg_small, separable_cnn, "
        "whitened_cnn, resnet20, preact_resnet20, se_resnet20 and their other depths",
    )
    widths: list[int] | None = Field(None, min_length=1, description="filters of each stage; mlp: units of each layer")
    activation: str = Field("relu", description="activation of the hidden layers, a Keras name")
    kernel_initializer: str | None = Field(
        None, description="initialiser of the kernels, a Keras name; default the architecture's own"
    )
    dropout: float | None = Field(None, ge=0, lt=1, description="share of units dropped in training")
    l2: float = Field(1e-4, ge=0, lt=1, description="factor of the squared weights in the loss")

    augment: settings.Augment = "none"
    augment_flip: settings.AugmentFlip = True
    progressive_sizes: dict[int, int] | None = Field(
        None,
        description="whitened_cnn: side in pixels of the training images, by the epoch, from 0, that begins it; "
        "the last is the images' own",
    )
    mix: Literal["none", "mix_up", "cut_mix"] = Field("none", description="mix pairs of training images and labels")
    mix_alpha: float | None = Field(
        None, gt=0, le=100, description="Beta distribution of the shares; default 0.2 for mix_up, 1 for cut_mix"
    )
    mix_probability: float = Field(1.0, ge=0, le=1, description="share of the training images that are mixed")

    epochs: int = Field(30, ge=1, le=10_000, description="passes over the training examples, at most")
    batch_size: settings.BatchSize = 64
    optimizer: Literal["adam", "adamw", "sgd", "muon"] = Field(
        "adam", description="update rule; muon, for whitened_cnn: Muon for convolutions, SGD for the rest"
    )
    learning_rate: float = Field(1e-3, gt=0, le=10, description="peak learning rate")
    schedule: Literal[
        "constant",
        "linear",
        "exponential",
        "cosine",
        "cosine_restarts",
        "warmup_cosine",
        "cyclical",
        "one_cycle",
        "flat_cosine",
        "triangular",
    ] = Field("warmup_cosine", description="course of the learning rate over the updates")
    label_smoothing: settings.LabelSmoothing = 0.0
    class_weight: settings.ClassWeight = "none"
    prune: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="share of the training examples that an epoch leaves out, of those learnt best; the first two "
        "epochs and the last are whole (an early stop may come before that one)",
    )
    patience: settings.Patience = 10
    min_delta: settings.MinDelta = 1e-4
    lookahead: bool = Field(
        False, description="average with slow weights every 5 updates, ever more slowly (Lookahead)"
    )
    ema_decay: float | None = Field(None, gt=0, lt=1, description="average the weights over updates with this decay")
    predict_views: Literal["none", "flip", "multi_crop"] = Field(
        "none",
        description="images: views of each whose answers the finished model averages, here and in its file: flip (2), "
        "multi_crop (6)",
    )
    budget_seconds: settings.BudgetSeconds = None
    precision: settings.Precision = "auto"
    seed: settings.Seed = 0

    @field_validator("model")
    @classmethod
    def _check_model(cls, name: str) -> str:
        return check_model_name(name)

    @field_validator("progressive_sizes")
    @classmethod
    def _check_sizes(cls, sizes: dict[int, int] | None) -> dict[int, int] | None:
        if sizes is not None and (0 not in sizes or min(sizes) < 0 or min(sizes.values()) < 8):
            raise ValueError(
                f"received {sizes}; expected sides of 8 or more by epoch, from 0, such as {{ 0 = 24, 6 = 32 }}"
            )
        return sizes

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.optimizer == "muon" and self.model != WHITENED:
            raise ValueError(
                f"recipe key 'optimizer': 'muon' is for model={WHITENED!r}, whose convolutions are all normalized; "
                f"received model={self.model!r}. Set model to {WHITENED!r}, or take 'adam', 'adamw' or 'sgd'."
            )
        if self.prune and self.epochs < 4:
            raise ValueError(
                f"recipe key 'prune': the first two epochs and the last are whole; received epochs={self.epochs}. "
                "Raise epochs to 4 or more, or set prune to 0."
            )
        if self.prune and self.mix != "none":
            raise ValueError(
                f"recipe key 'prune': an example has no loss of its own where images are mixed; received "
                f"mix={self.mix!r}. Set mix to 'none', or prune to 0."
            )
        if self.predict_views != "none" and not self.augment_flip:
            raise ValueError(
                f"recipe key 'predict_views': its views are mirrored, too; received predict_views="
                f"{self.predict_views!r} and augment_flip=false. Set predict_views to 'none', or augment_flip to true."
            )
        if self.progressive_sizes is None:
            return self
        if self.model != WHITENED:
            raise ValueError(
                "recipe key 'progressive_sizes' needs a model that takes images of any size; received "
                f"model={self.model!r}. Set model to {WHITENED!r}."
            )
        if self.activation.lower() == "prelu":
            raise ValueError(
                "recipe key 'progressive_sizes': PReLU has a slope for each pixel, so that images cannot grow; "
                "received activation='prelu'. Take 'leaky_relu', or leave progressive_sizes out."
            )
        if max(self.progressive_sizes) >= self.epochs:
            raise ValueError(
                f"recipe key 'progressive_sizes': received a size from epoch {max(self.progressive_sizes)} on; the "
                f"{self.epochs} epochs are counted from 0. Let it begin earlier, or raise epochs."
            )
        return self

    @classmethod
    def from_toml(cls, path: str | Path, **overrides: Any) -> Self:
        """Read a recipe from a TOML file, or one that comes with atolye by its name; arguments win over the file."""
        return super().from_toml(recipe_file(path), **overrides)
