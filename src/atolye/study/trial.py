"""One trial of a study: a variant with a seed, run in a folder of its own, its result read back from there."""

import gc
import json
import random
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from atolye.files import write_text

if TYPE_CHECKING:
    from atolye.train import Recipe

TrialFunction = Callable[[dict[str, Any], int], Mapping[str, Any]]
"""What a function trial is: `(settings, seed) -> figures by name`."""

RECORD = "trial.json"


@dataclass(frozen=True)
class Trial:
    """A variant with a seed: what to do, and the folder that keeps what came of it.

    Args:
        variant: the variant's name.
        seed: the trial's seed.
        settings: settings of base and variant together; for a recipe, all its keys.
        path: the trial's folder; for a recipe it is the run folder.
        function: what to call; None trains the recipe.
    """

    variant: str
    seed: int
    settings: dict[str, Any]
    path: Path
    function: TrialFunction | None = None

    def read(self) -> dict[str, Any] | None:
        """Return the trial's record, or None when it has not ended: `figures`, or `error` and `traceback`."""
        path = self.path / RECORD
        if not path.is_file():
            return None
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is damaged ({error}). Remove it and start the study again.") from None

    @property
    def done(self) -> bool:
        """Whether the trial has its figures; one that failed is not done."""
        return "figures" in (self.read() or {})

    def run(self) -> None:
        """Do the trial and write its record; an error in it is recorded, not raised."""
        record: dict[str, Any] = {"variant": self.variant, "seed": self.seed}
        start = time.perf_counter()
        try:
            figures = self._train() if self.function is None else self._call(self.function)
            record |= {"figures": figures}
            text = json.dumps(record, indent=1, ensure_ascii=False)
        except Exception as error:  # whatever it is, the other trials go on
            self.fail(f"{type(error).__name__}: {' '.join(str(error).split())}", details=traceback.format_exc())
        else:
            write_text(self.path / RECORD, text + "\n")
        if time.perf_counter() - start > 1:  # a collection takes 0.2 s
            gc.collect()  # Keras models are cyclic: without this, those of ten trials stand in memory side by side

    def fail(self, error: str, *, details: str = "") -> None:
        """Record that the trial failed, in one line, with the traceback beside it."""
        record = {"variant": self.variant, "seed": self.seed, "error": error, "traceback": details}
        write_text(self.path / RECORD, json.dumps(record, indent=1, ensure_ascii=False) + "\n")

    def _call(self, function: TrialFunction) -> dict[str, Any]:
        shutil.rmtree(self.path, ignore_errors=True)  # what a killed or failed try left
        _seed_everything(self.seed)
        start = time.perf_counter()
        figures = {str(name): _plain(value) for name, value in function(dict(self.settings), self.seed).items()}
        if not any(isinstance(value, Real) for value in figures.values()):
            raise ValueError(f"the trial returned no figure; received {sorted(figures)}, expected numbers by name")
        return {"seconds": round(time.perf_counter() - start, 3)} | figures

    def _train(self) -> dict[str, Any]:
        from atolye.runs import Run
        from atolye.startup import start_backend
        from atolye.train import Recipe, train

        if not (self.path / "run.json").is_file():  # else it was killed after its training, before its record
            start_backend()
            shutil.rmtree(self.path, ignore_errors=True)
            recipe = Recipe(**self.settings)
            train(recipe, dataset=_DATA.load(recipe), name=self.path.name, runs_dir=self.path.parent)
        return run_figures(Run(self.path).info)


def run_figures(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return a training's figures from its `run.json`: `val_` and `test_` metrics, epochs, and what it cost."""
    named = {"validation": "val", "test": "test"}
    figures: dict[str, Any] = {
        f"{named.get(split, split)}_{name}": value
        for split, metrics in info["metrics"].items()
        for name, value in metrics.items()
    }
    figures |= {"epochs": info["epochs_run"], "parameters": info["model"]["parameters"]}
    if "flops" in info["model"]:
        figures["flops"] = info["model"]["flops"]
    return figures | {"seconds": info["seconds"]["train"]}


class _LastData:
    """The dataset that was loaded last: trials of a study mostly share one."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.dataset: Any = None

    def load(self, recipe: "Recipe") -> Any:
        from atolye.train import load_recipe_data

        names = list(type(recipe).model_fields)
        about_data = names[: names.index("model")]  # a recipe names its data first
        key = json.dumps({name: getattr(recipe, name) for name in about_data}, sort_keys=True)
        if key != self.key:
            self.dataset, self.key = load_recipe_data(recipe), key
        return self.dataset


_DATA = _LastData()


def _seed_everything(seed: int) -> None:
    """Seed Python, NumPy, and Keras where it is loaded: a trial of NumPy alone does not pay for a framework."""
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(seed)
    else:
        random.seed(seed)
        np.random.seed(seed)


def _plain(value: Any) -> Any:
    """Return a figure as JSON keeps it: a number, or a list, text or dictionary that goes beside the numbers."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return int(value) if isinstance(value, bool) else value
