"""Recipes that come with atolye, by name."""

from importlib.resources import files
from pathlib import Path

from atolye.errors import did_you_mean


def named_recipes() -> dict[str, Path]:
    """Return the recipes that come with atolye, by name.

    Example:
        >>> list(named_recipes())
        ['speedrun-85', 'speedrun-90', 'speedrun-93']
    """
    folder = Path(str(files("atolye.train") / "recipes"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def recipe_file(name: str | Path) -> Path:
    """Return the file of a recipe: `name` itself where there is such a file, else the recipe of that name.

    Raises:
        FileNotFoundError: when there is neither; the nearest name is told.

    Example:
        >>> recipe_file("speedrun-85").name
        'speedrun-85.toml'
    """
    path, known = Path(name), named_recipes()
    if path.is_file():
        return path
    if str(name) in known:
        return known[str(name)]
    raise FileNotFoundError(
        f"no recipe at {path}, and none is called so.{did_you_mean(str(name), known)} Expected a TOML file, as "
        f"--show-recipe prints one, or one of {', '.join(known)}."
    )
