"""Where a command's settings come from: a recipe file, options, `--set`, or an interrupted run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from atolye.train.data_recipe import DataRecipe

Kind = TypeVar("Kind", bound="DataRecipe")


def read_recipe(kind: type[Kind], file: Path | None, options: Mapping[str, Any], pairs: Sequence[str] | None) -> Kind:
    """Return the recipe of a command: options that were given win over `--set`, and both over the file."""
    given = parse_settings(pairs or []) | _given(options)
    return kind.from_toml(file, **given) if file else kind(**given)


def refuse_beside_resume(
    options: Mapping[str, Any], pairs: Sequence[str] | None, file: Path | None, name: str | None
) -> None:
    """Raise a ValueError when `--resume` came with settings, which the unfinished run has already."""
    if _given(options) or pairs or file or name:
        raise ValueError("--resume takes the recipe of the unfinished run; received other settings too. Drop them.")


def unfinished_recipe(name: str, runs_dir: Path, kind: "type[DataRecipe]") -> Path:
    """Return the recipe of the unfinished run `name`; say which there are, or which command it was begun with."""
    import tomllib

    from atolye.runs import list_unfinished, unfinished_folder
    from atolye.train import FineTuneRecipe, Recipe

    path = unfinished_folder(runs_dir / name) / "recipe.toml"
    if not path.is_file():
        there = ", ".join(list_unfinished(runs_dir)) or "none"
        raise FileNotFoundError(f"no unfinished run named {name!r} in {runs_dir}; unfinished: {there}.")
    other = FineTuneRecipe if "backbone" in tomllib.loads(path.read_text(encoding="utf-8")) else Recipe
    if other is not kind:
        raise ValueError(
            f"{name} was begun by atolye {other.command}. Go on with: atolye {other.command} --resume {name}"
        )
    return path


def seconds(budget: str | None) -> float | None:
    """Return a duration such as `"5m"` in seconds."""
    if budget is None:
        return None
    from atolye.startup import start_backend

    start_backend()
    from atolye.train.callbacks import parse_seconds

    return parse_seconds(budget)


def parse_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Return `key=value` pairs as recipe settings; values are read as TOML, and as words where they are not TOML."""
    import tomllib

    settings: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"--set takes key=value; received {pair!r}. Example: --set dropout=0.3")
        try:
            settings[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            settings[key.strip()] = value
    return settings


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if value is not None}
