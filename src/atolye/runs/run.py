"""A run: the folder that one training leaves, read back from its files."""

import json
import shutil
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from atolye.errors import did_you_mean

DEFAULT_ROOT = Path("runs")


@dataclass(frozen=True)
class Run:
    """One training (or one lab) on disk; every figure that atolye shows is read from here.

    Args:
        path: the run's folder; it must hold `run.json`.

    Raises:
        FileNotFoundError: when the folder or its `run.json` is missing.
        ValueError: when `run.json` is not one of atolye's.

    Example:
        run = Run("runs/mnist_small-cnn")
        run.info["metrics"]["test"]["accuracy"]
    """

    path: Path

    def __init__(self, path: str | Path) -> None:
        object.__setattr__(self, "path", Path(path))
        if not self.path.is_dir():
            raise FileNotFoundError(f"no run at {self.path}. List those that exist with: atolye runs list")
        if not (self.path / "run.json").is_file():
            raise FileNotFoundError(
                f"{self.path} is not a run: it has no run.json. Expected a folder that atolye wrote."
            )
        if not isinstance(self.info, dict) or "kind" not in self.info:
            raise ValueError(f"{self.path / 'run.json'} was not written by atolye: it names no kind. Train again.")

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @cached_property
    def info(self) -> dict[str, Any]:
        """The content of `run.json`: versions, machine, seed, data, durations, metrics."""
        try:
            return json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{self.path / 'run.json'} is damaged ({error}). Train again.") from None

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """The settings of the training, as in `recipe.toml`; empty for a lab."""
        path = self.path / "recipe.toml"
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    @cached_property
    def history(self) -> pd.DataFrame:
        """One row an epoch: epoch, losses, metrics, learning_rate, seconds."""
        return pd.read_csv(self._file("history.csv"))

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """One row per validation and test example: split, id, target, prediction, confidence, p_0 ... p_C."""
        return pd.read_parquet(self._file("predictions.parquet"))

    @property
    def class_names(self) -> list[str]:
        """Names by class id; empty for regression."""
        return list(self.info["dataset"]["class_names"])

    @property
    def metrics(self) -> dict[str, float]:
        """The test split's figures."""
        return self.info.get("metrics", {}).get("test", {})

    @property
    def model_path(self) -> Path:
        """The run's `model.keras`."""
        return self._file("model.keras")

    def _file(self, name: str) -> Path:
        path = self.path / name
        if not path.is_file():
            raise FileNotFoundError(f"run {self.name} has no {name}. Train again, or name a run that has one.")
        return path


def list_runs(root: str | Path = DEFAULT_ROOT) -> list[Run]:
    """Return the runs in the folder `root`, newest first; an empty list when there is none."""
    root = Path(root)
    if not root.is_dir():
        return []
    folders = [path for path in root.iterdir() if not path.name.startswith(".") and (path / "run.json").is_file()]
    return sorted(
        (Run(path) for path in folders), key=lambda run: (run.info.get("created", ""), run.name), reverse=True
    )


def list_unfinished(root: str | Path = DEFAULT_ROOT) -> list[str]:
    """Return the names of runs in `root` that were killed or interrupted and can go on, sorted."""
    folders = Path(root).glob(".*.partial")
    return sorted(path.name[1:].removesuffix(".partial") for path in folders if (path / "recipe.toml").is_file())


def find_run(name: str | Path, *, root: str | Path = DEFAULT_ROOT) -> Run:
    """Return the run at the path `name`, or the run of that name in the folder `root`.

    Raises:
        FileNotFoundError: when neither is there; the nearest name is told.
    """
    path = Path(name)
    for candidate in (path, Path(root) / path):
        if (candidate / "run.json").is_file():
            return Run(candidate)
    names = [run.name for run in list_runs(root)]
    raise FileNotFoundError(
        f"no run named {str(name)!r} in {root}.{did_you_mean(str(name), names)} See: atolye runs list"
    )


def remove_run(run: Run) -> None:
    """Delete the run's folder, all at once: it is renamed out of sight first."""
    doomed = run.path.with_name(f".{run.name}.removed")
    run.path.rename(doomed)
    shutil.rmtree(doomed)
