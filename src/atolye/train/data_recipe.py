"""What every recipe has: settings that say which data, validated, flat, as TOML or keyword arguments."""

import json
import tomllib
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from atolye.errors import did_you_mean


class DataRecipe(BaseModel):
    """Settings of the data, and the reading, writing and wording that recipes share.

    A recipe is a subclass with settings of its own. Fields that are None are chosen from the data when the work starts.

    Raises:
        ValueError: when a key is unknown (the nearest is named) or a value is out of range.

    Example:
        >>> DataRecipe(data="mnist_small").replace(split_seed=1).split_seed
        1
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    command: ClassVar[str] = "train"  # the command that prints such a recipe

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

    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise ValueError("; ".join(_explain(entry, type(self)) for entry in error.errors())) from None

    @classmethod
    def from_toml(cls, path: str | Path, **overrides: Any) -> Self:
        """Read a recipe from a TOML file; keyword arguments win over the file."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(
                f"no recipe at {path}. Expected a TOML file; atolye {cls.command} --show-recipe prints one."
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

    def replace(self, **changes: Any) -> Self:
        """Return a validated copy with `changes`."""
        return type(self)(**self.model_dump() | changes)


def _toml(value: Any) -> str:
    """Return a setting as TOML; words, numbers and lists are written as in JSON, a dictionary as an inline table."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(key)} = {_toml(entry)}" for key, entry in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def _explain(entry: Any, kind: type[DataRecipe]) -> str:
    """Say one of pydantic's findings as received, expected, fix."""
    key = str(entry["loc"][0]) if entry["loc"] else ""
    if entry["type"] == "extra_forbidden":
        return f"unknown recipe key {key!r}.{did_you_mean(key, kind.model_fields)}"
    if entry["type"] == "missing":
        return f'recipe key {key!r} is missing. Set it, for example {key} = "mnist_small".'
    if entry["type"] == "value_error":  # our own words
        return f"recipe key {key!r}: {entry['ctx']['error']}" if key else str(entry["ctx"]["error"])
    message = entry["msg"][0].lower() + entry["msg"][1:]
    return f"recipe key {key!r}: {message}; received {entry['input']!r}"
