"""A recipe: all settings of one training, flat and validated, as TOML or keyword arguments."""

import json
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from atolye.errors import did_you_mean
from atolye.train.model_names import check_model_name


class Recipe(BaseModel):
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

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    data: str = Field(description="built-in set, folder of images, or CSV file")
    data_dir: str | None = Field(None, description="folder that holds <name>.npz of the downloadable sets")
    target: str | None = Field(None, description="table: name of the target column")
    column_kinds: dict[str, Literal["numeric", "categorical", "ignore"]] | None = Field(
        None, description="table: kinds of columns that are not to be inferred"
    )
    task: Literal["auto", "classification", "regression"] = Field("auto", description="table: what to learn")
    image_size: int | None = Field(None, ge=8, le=1024, description="side in pixels to which images are brought")
    resize: Literal["crop", "pad"] = Field("crop", description="how images that are not square are brought to size")
    validation_fraction: float = Field(0.15, gt=0, lt=0.9, description="share of the examples to choose with")
    test_fraction: float = Field(0.15, gt=0, lt=0.9, description="share of the examples to judge with")
    split_seed: int = Field(0, ge=0, description="seed of the split; keep it while you compare")
    max_examples: int | None = Field(None, ge=2, description="use at most so many training examples")
    max_bad: float = Field(0.05, ge=0, le=1, description="share of unreadable files above which the work stops")

    model: str = Field(
        "auto",
        description="architecture; auto: cnn for images, mlp for tables; others: vgg_small, separable_cnn, resnet20, "
        "preact_resnet20, se_resnet20 and their other depths",
    )
    widths: list[int] | None = Field(None, min_length=1, description="filters of each stage; mlp: units of each layer")
    activation: str = Field("relu", description="activation of the hidden layers, a Keras name")
    kernel_initializer: str = Field("he_normal", description="initialiser of the kernels, a Keras name")
    dropout: float | None = Field(None, ge=0, lt=1, description="share of units dropped in training")
    l2: float = Field(1e-4, ge=0, lt=1, description="factor of the squared weights in the loss")

    augment: Literal["none", "light", "medium", "strong", "too_strong"] = Field(
        "none", description="how much training images are changed at random"
    )
    augment_flip: bool = Field(True, description="mirror images too; false for digits, text and road signs")
    mix: Literal["none", "mix_up", "cut_mix"] = Field("none", description="mix pairs of training images and labels")
    mix_alpha: float | None = Field(
        None, gt=0, le=100, description="Beta distribution of the shares; default 0.2 for mix_up, 1 for cut_mix"
    )
    mix_probability: float = Field(1.0, ge=0, le=1, description="share of the training images that are mixed")

    epochs: int = Field(30, ge=1, le=10_000, description="passes over the training examples, at most")
    batch_size: int = Field(64, ge=1, le=65_536, description="examples per update")
    optimizer: Literal["adam", "adamw", "sgd"] = Field("adam", description="update rule")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="peak learning rate")
    schedule: Literal[
        "constant", "exponential", "cosine", "cosine_restarts", "warmup_cosine", "cyclical", "one_cycle", "flat_cosine"
    ] = Field("warmup_cosine", description="course of the learning rate over the updates")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the target spread over all classes")
    class_weight: Literal["none", "balanced"] = Field(
        "none", description="balanced: rare classes count more in the loss"
    )
    patience: int = Field(10, ge=1, description="epochs without a better validation loss before the training stops")
    min_delta: float = Field(1e-4, ge=0, description="smallest fall of the validation loss that counts as better")
    ema_decay: float | None = Field(None, gt=0, lt=1, description="average the weights over updates with this decay")
    budget_seconds: float | None = Field(None, gt=0, description="wall-clock limit of the training")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="arithmetic; auto: measured on this machine"
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="seed of weights, order, dropout and augmentation")

    @field_validator("model")
    @classmethod
    def _check_model(cls, name: str) -> str:
        return check_model_name(name)

    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise ValueError("; ".join(_explain(entry) for entry in error.errors())) from None

    @classmethod
    def from_toml(cls, path: str | Path, **overrides: Any) -> "Recipe":
        """Read a recipe from a TOML file; keyword arguments win over the file."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(
                f"no recipe at {path}. Expected a TOML file; atolye train --show-recipe prints one."
            )
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path} is not TOML: {error}") from None
        return cls(**settings | overrides)

    def to_toml(self) -> str:
        """Return the recipe as TOML, one commented line a setting; what is None is left out."""
        lines = []
        for name, entry in type(self).model_fields.items():
            value = getattr(self, name)
            text = f"{name} = {_toml(value)}" if value is not None else f"# {name} ="
            lines.append(f"{text}  # {entry.description}")
        return "\n".join(lines) + "\n"

    def replace(self, **changes: Any) -> "Recipe":
        """Return a validated copy with `changes`."""
        return Recipe(**self.model_dump() | changes)


def _toml(value: Any) -> str:
    """Return a setting as TOML; words, numbers and lists are written as in JSON, a dictionary as an inline table."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(entry)}" for key, entry in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _explain(entry: Any) -> str:
    """Say one of pydantic's findings as received, expected, fix."""
    key = str(entry["loc"][0]) if entry["loc"] else ""
    if entry["type"] == "extra_forbidden":
        return f"unknown recipe key {key!r}.{did_you_mean(key, Recipe.model_fields)}"
    if entry["type"] == "missing":
        return f'recipe key {key!r} is missing. Set it, for example {key} = "mnist_small".'
    if entry["type"] == "value_error":  # our own words
        return f"recipe key {key!r}: {entry['ctx']['error']}"
    message = entry["msg"][0].lower() + entry["msg"][1:]
    return f"recipe key {key!r}: {message}; received {entry['input']!r}"
