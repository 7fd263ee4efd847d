"""What a study is made of, checked before the first trial, and told apart from another study's."""

import functools
import hashlib
import inspect
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from atolye.errors import did_you_mean
from atolye.train.recipe import Recipe

Variants = Mapping[str, Mapping[str, Any]] | Sequence[tuple[str, Mapping[str, Any]]]

TOML_KEYS = ("name", "base", "variants", "seeds", "baseline", "metric")


def read_definition(path: str | Path, **base: Any) -> dict[str, Any]:
    """Read a study's TOML file: `[base]`, `[variants.NAME]`, `seeds`, and optionally `name`, `baseline`, `metric`.

    Args:
        path: the file.
        **base: recipe keys that win over `[base]`.

    Returns:
        Keyword arguments for `Study`; the name is the file's where it gives none.

    Raises:
        FileNotFoundError: when there is no such file.
        ValueError: when it is not TOML (two variants of one name are not), or a key is unknown or missing.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no study at {path}. Expected a TOML file with [base], [variants.NAME] and seeds.")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        twice = any(word in str(error) for word in ("twice", "overwrite", "immutable", "Duplicate"))
        raise ValueError(f"{path} is not TOML: {error}.{' Two variants cannot have one name.' * twice}") from None
    for key in content:
        if key not in TOML_KEYS:
            raise ValueError(f"{path}: unknown key {key!r}.{did_you_mean(key, TOML_KEYS)} Recipe keys go under [base].")
    for key, kind in (("base", "table"), ("variants", "table"), ("seeds", "list")):
        if not isinstance(content.get(key), dict if kind == "table" else list):
            raise ValueError(f"{path}: {key!r} is missing or no {kind}. Expected [base], [variants.NAME] and seeds.")
    return {"name": path.stem} | content | {"base": content["base"] | base}


def check_variants(variants: Variants) -> dict[str, dict[str, Any]]:
    """Return the variants by name.

    Raises:
        ValueError: when there is none, a name comes twice or two would share a folder, or settings are no table.
    """
    pairs = list(variants.items() if isinstance(variants, Mapping) else variants)
    if not pairs:
        raise ValueError("the study has no variants. Give one or more, such as [variants.plain].")
    found: dict[str, dict[str, Any]] = {}
    folders: dict[str, str] = {}
    for name, settings in pairs:
        if not isinstance(settings, Mapping):
            raise ValueError(f"variant {name!r} must be a table of settings; received {settings!r}.")
        if name in found:
            raise ValueError(f"two variants are named {name!r}. Rename one.")
        folder = folder_name(name).casefold()
        if folder in folders:
            raise ValueError(
                f"variants {folders[folder]!r} and {name!r} would share the folder {folder!r}. Rename one."
            )
        folders[folder] = name
        found[name] = dict(settings)
    return found


def check_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    """Return the seeds.

    Raises:
        ValueError: when there is none, one is no whole number of 0 or more, or one comes twice.
    """
    given = tuple(seeds)
    if not given:
        raise ValueError("the study has no seeds. Give one or more, such as seeds = [0, 1, 2].")
    for seed in given:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
            raise ValueError(f"seeds must be whole numbers from 0 to 2147483647; received {seed!r}.")
        if given.count(seed) > 1:
            raise ValueError(f"seed {seed} comes twice; a trial run again adds nothing. Drop one.")
    return given


def check_baseline(baseline: str | None, variants: Mapping[str, Any]) -> str:
    """Return the baseline, by default the first variant.

    Raises:
        ValueError: when no variant has that name; the nearest is told.
    """
    if baseline is not None and baseline not in variants:
        near, names = did_you_mean(baseline, variants), ", ".join(variants)
        raise ValueError(f"the baseline {baseline!r} is no variant.{near} Variants: {names}.")
    return next(iter(variants)) if baseline is None else baseline


def recipe_settings(variant: str, base: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return all recipe keys of a variant but the seed, checked.

    Raises:
        ValueError: when a key is unknown (the nearest is told), a value is out of range, or a seed is set.
    """
    if "seed" in settings or "seed" in base:
        raise ValueError("a study's seeds are set by 'seeds', not by the recipe key 'seed'. Drop it.")
    try:
        recipe = Recipe(**{**base, **settings})
    except ValueError as error:
        raise ValueError(f"variant {variant!r}: {error}") from None
    return recipe.model_dump(exclude={"seed"})


def folder_name(name: str) -> str:
    """Return a variant's name as a folder can have it: what is no letter, digit, dot or dash becomes `_`."""
    folder = re.sub(r"[^\w.-]", "_", name)[:80]
    return folder if folder[:1].isalnum() or folder[:1] == "_" else f"_{folder}"


def fingerprint(function: Callable[..., Any] | None) -> str | None:
    """Return name and source hash of a trial function, so that results of its former self are not taken for its own."""
    if function is None:
        return None
    given = ""
    while isinstance(function, functools.partial):
        given += json.dumps([function.args, function.keywords], sort_keys=True, default=_name_of)
        function = function.func
    source = function if inspect.isroutine(function) else type(function)
    try:
        text = inspect.getsource(source)
    except (OSError, TypeError):
        text = ""
    name = f"{source.__module__}.{source.__qualname__}"
    return f"{name}:{hashlib.sha256((text + given).encode()).hexdigest()[:16]}"


def as_json(settings: Any) -> Any:
    """Return settings as JSON keeps them; classes and functions by their names."""
    return json.loads(json.dumps(settings, default=_name_of, ensure_ascii=False))


def _name_of(value: Any) -> Any:
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "tolist"):
        return value.tolist() if getattr(value, "size", 1) <= 100 else _digest(value)
    if hasattr(value, "content_hash"):  # a dataset
        return str(value.content_hash)
    raise ValueError(
        f"settings must be numbers, texts, lists, dictionaries, classes or functions, so that a study that goes on can "
        f"tell them; received {type(value).__name__}. Name the thing by a text and look it up in the trial function."
    )


def _digest(array: Any) -> str:
    return f"{array.dtype}{array.shape}:{hashlib.sha256(array.tobytes()).hexdigest()[:16]}"
