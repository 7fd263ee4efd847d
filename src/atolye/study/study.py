"""A study: variants x seeds, a folder a trial, one table; stopped at any moment it goes on where it was."""

import fcntl
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from atolye.files import write_text
from atolye.runs.run import DEFAULT_ROOT
from atolye.study.definition import (
    Variants,
    as_json,
    check_baseline,
    check_seeds,
    check_variants,
    fingerprint,
    folder_name,
    read_definition,
    recipe_settings,
)
from atolye.study.runners import OneAfterAnother, Runner
from atolye.study.table import default_metric, number_columns, study_table
from atolye.study.trial import Trial, TrialFunction
from atolye.train.recipe import Recipe

DEFINITION = "study.json"


class AllTrialsFailedError(RuntimeError):
    """No trial of a study ended well, so that there is no table; the message has the first error."""


class Study:
    """Compare variants of a recipe, or of a function, over seeds.

    Use it for every question of the form "does this help?": each variant meets the same seeds, so that differences can
    be taken pair by pair. Each trial ends in a folder of its own, `out/trials/VARIANT-seedN`. Run again, a study does
    only what is missing or failed, also when seeds or variants have been added; `run` with nothing missing reads the
    table from the folders.

    Args:
        name: the study's name, shown on its page.
        variants: settings by variant name; what they set wins over `base`.
        seeds: whole numbers; five or more for a paired test to build on.
        base: what all variants share: a recipe or its keys; with `trial`, any settings.
        trial: `(settings, seed) -> figures by name`; None trains recipes. Python's, NumPy's and Keras's random numbers
            are seeded before each call. Figures that are no numbers, such as a list, are kept beside the table. Give
            `parameters`, `flops` or `seconds` for the Pareto plot; `seconds` is measured where it is not given.
        baseline: variant that others are compared with; default the first.
        metric: figure to compare; default the validation accuracy or RMSE of a recipe, or a function's first figure.
        out: the study's folder; default `runs/NAME`.

    Raises:
        ValueError: when variants, seeds, a recipe key or the baseline are wrong; before the first trial.

    Example:
        >>> def train_one(settings, seed):  # yours trains a network
        ...     return {"accuracy": 0.8 + 0.01 * settings["width"] + 0.002 * seed, "parameters": 10 * settings["width"]}
        >>> variants = {"plain": {"width": 1}, "wide": {"width": 3}}
        >>> study = Study("width", variants=variants, seeds=range(3), trial=train_one)
        >>> study.run()[["n", "mean", "gain", "parameters"]].round(3).values.tolist()
        [[3.0, 0.812, nan, 10.0], [3.0, 0.832, 0.02, 30.0]]
        >>> sorted(path.name for path in study.path.iterdir() if path.name[0] != ".")
        ['figures', 'page.json', 'report.html', 'run.json', 'study.json', 'trials']
    """

    def __init__(
        self,
        name: str,
        *,
        variants: Variants,
        seeds: Iterable[int],
        base: Recipe | Mapping[str, Any] | None = None,
        trial: TrialFunction | None = None,
        baseline: str | None = None,
        metric: str | None = None,
        out: str | Path | None = None,
    ) -> None:
        self.name = name
        self.variants = check_variants(variants)
        self.seeds = check_seeds(seeds)
        self.baseline = check_baseline(baseline, self.variants)
        self.metric = metric
        self.path = Path(out) if out is not None else DEFAULT_ROOT / folder_name(name)
        if trial is None and base is None:
            raise ValueError("a study needs a base recipe, or a trial function. Give base=Recipe(...) or trial=....")
        shared = base.model_dump(exclude={"seed"}, exclude_unset=True) if isinstance(base, Recipe) else dict(base or {})
        settings = {
            variant: recipe_settings(variant, shared, given) if trial is None else shared | given
            for variant, given in self.variants.items()
        }
        self.definition: dict[str, Any] = {
            "trial": fingerprint(trial),
            "variants": as_json(settings),
            "seeds": list(self.seeds),
        }
        self.trials = [
            Trial(
                variant=variant,
                seed=seed,
                settings=given if trial else {**given, "seed": seed},
                path=self.path / "trials" / f"{folder_name(variant)}-seed{seed}",
                function=trial,
            )
            for seed in self.seeds  # by seed: a study stopped early has every variant
            for variant, given in settings.items()
        ]

    @classmethod
    def from_toml(cls, path: str | Path, *, out: str | Path | None = None, **base: Any) -> "Study":
        """Read a study over recipes from a TOML file; keyword arguments win over its `[base]`.

        Example:
            table = Study.from_toml("width.toml").run()
        """
        return cls(**read_definition(path, **base), out=out)

    def run(
        self,
        runner: Runner | None = None,
        *,
        finished: Callable[[Trial, int], None] | None = None,
        lang: str = "en",
    ) -> pd.DataFrame:
        """Run the trials that are missing or failed, write the page, and return the table.

        Args:
            runner: who runs them; default this process, one after another. See `LocalProcesses`.
            finished: called after each trial with it and the number of those left.
            lang: the page's first language.

        Returns:
            See `table`.

        Raises:
            ValueError: when the folder holds another study; before the first trial.
            FileExistsError: when another process is at work on this study.
            AllTrialsFailedError: when every trial failed.
        """
        self._check_folder()
        with self._only_one():
            write_text(self.path / DEFINITION, json.dumps(self._described(), indent=1, ensure_ascii=False) + "\n")
            missing = [trial for trial in self.trials if not trial.done]
            left = len(missing)

            def one_more(trial: Trial) -> None:
                nonlocal left
                left -= 1
                if finished:
                    finished(trial, left)

            (runner or OneAfterAnother()).run(missing, one_more)
            if len(self.failures()) == len(self.trials):
                first = next(iter(self.failures().values()))
                raise AllTrialsFailedError(f"all {len(self.trials)} trials failed, the first with: {first}")
            self.write_page(lang=lang)
        return self.table()

    def chosen_metric(self) -> str:
        """Return the figure that the table compares."""
        return self.metric or default_metric(number_columns(self.results()))

    def results(self) -> pd.DataFrame:
        """Return one row a finished trial: variant, seed, and all its figures; also those that are no numbers."""
        rows = [record for trial in self.trials if (record := trial.read()) and "figures" in record]
        return pd.DataFrame([{"variant": row["variant"], "seed": row["seed"], **row["figures"]} for row in rows])

    def failures(self) -> dict[str, str]:
        """Return the errors of the trials that failed, by the name of the trial's folder."""
        records = {trial.path.name: trial.read() or {} for trial in self.trials}
        return {name: record["error"] for name, record in records.items() if "error" in record}

    def table(self, metric: str | None = None) -> pd.DataFrame:
        """Return one row a variant, in their order, from what the folders hold now.

        Args:
            metric: figure to look at; default the study's.

        Returns:
            Index `variant`; columns `n`, `mean`, `std`, `low` and `high` (95 % t interval of the mean), `gain` over the
            baseline with `gain_low`, `gain_high` and `p_value` (paired t-test over the seeds that both have), then the
            means of `parameters`, `flops` and `seconds` where trials give them. What too few seeds cannot say is NaN.

        Raises:
            ValueError: when no finished trial has that figure; the nearest is told.
        """
        results = self.results()
        return study_table(
            results,
            metric=metric or self.chosen_metric(),
            variants=list(self.variants),
            baseline=self.baseline,
        )

    def write_page(self, *, lang: str = "en") -> Path:
        """Write the study's `page.json`, `run.json`, figures and `report.html` from the trials' folders."""
        from atolye.study.page import write_page

        return write_page(self, lang=lang)

    def _described(self) -> dict[str, Any]:
        head = {"format": 1, "name": self.name, "baseline": self.baseline, "metric": self.metric}
        return head | self.definition

    def _check_folder(self) -> None:
        """Refuse a folder of another study; what no finished trial depends on may change: see `_goes_on`."""
        path = self.path / DEFINITION
        if not path.is_file():
            if self.path.is_dir() and any(not path.name.startswith(".") for path in self.path.iterdir()):
                raise FileExistsError(f"{self.path} exists and is no study. Choose another folder.")
            return
        try:
            earlier = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is damaged ({error}). Remove {self.path}, or choose another folder.") from None
        for key, value in self.definition.items():
            if not _goes_on(key, earlier.get(key), value):
                raise ValueError(
                    f"{self.path} was made from another definition: its {_what(key, earlier.get(key), value)}. "
                    "Choose another folder, or remove this one."
                )

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Hold the folder's lock; the system frees it when the process ends, however it ends."""
        self.path.mkdir(parents=True, exist_ok=True)
        with open(self.path / ".lock", "w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise FileExistsError(f"another process is at work on {self.path}. Wait for it.") from None
            yield

    def info(self) -> dict[str, Any]:
        """Return the study's `run.json`: what was compared, where and how long the trials took."""
        from atolye import __version__
        from atolye.runs import machine, versions

        results = self.results()
        metric = self.chosen_metric()
        means = self.table()["mean"]
        return {
            "format": 1,
            "kind": "study",
            "name": self.name,
            "created": datetime.now().astimezone().isoformat(timespec="seconds"),
            "atolye": __version__,
            "versions": versions(),
            "machine": machine(),
            "study": {"metric": metric, "baseline": self.baseline, "seeds": list(self.seeds)},
            "seconds": {"total": round(float(results["seconds"].sum()), 3)},
            "metrics": {"mean": {str(name): float(mean) for name, mean in means.items()}},
        }


def _goes_on(key: str, earlier: Any, now: Any) -> bool:
    """Tell whether a study goes on under this definition: seeds and variants may be added, not changed or dropped."""
    if key == "seeds" and isinstance(earlier, list):
        return set(earlier) <= set(now)
    if key == "variants" and isinstance(earlier, dict):
        return all(now.get(name) == settings for name, settings in earlier.items())
    return bool(earlier == now)


def _what(key: str, earlier: Any, now: Any) -> str:
    """Say in a few words how two definitions differ."""
    if key == "variants" and isinstance(earlier, dict):
        for name in earlier:
            if earlier[name] != now.get(name):
                return f"variant {name!r} {'differs' if name in now else 'is missing'}"
    return {"trial": "trial function differs", "seeds": f"seeds are {earlier}"}.get(key, f"{key} differ")
