"""A study inside a lab's own folder, which never takes the trials of an older version of the lab for its own."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from atolye.study import Study
from atolye.study.definition import Variants
from atolye.study.trial import TrialFunction


def lab_study(
    name: str,
    *,
    script: str | Path,
    out: str | Path,
    trial: TrialFunction,
    variants: Variants,
    seeds: Iterable[int],
    base: Mapping[str, Any],
    **options: Any,
) -> Study:
    """Return a study in `out/studies/NAME-KEY`, where the key tells data, settings and the lab's code apart.

    Use it in labs: run again, the study goes on where it was; after a change of the script, of its size or of its data
    it starts anew beside the old one, instead of refusing the folder or showing old figures.

    Args:
        name: the study's name.
        script: the lab's file; every change in it makes another study.
        out: the lab's folder.
        trial, variants, seeds, base: as in `Study`; the trial function gets `code` beside the settings of `base`.
        options: `baseline` and `metric` of `Study`.

    Example:
        study = lab_study("width", script=__file__, out=out, trial=trial, variants=variants, seeds=(0, 1), base={})
    """
    code = hashlib.sha256(Path(script).read_bytes()).hexdigest()[:16]

    def study(folder: str) -> Study:
        path = Path(out) / "studies" / folder
        shared = {**base, "code": code}
        return Study(name, trial=trial, variants=variants, seeds=seeds, base=shared, out=path, **options)

    definition = json.dumps(study(name).definition, sort_keys=True)
    return study(f"{name}-{hashlib.sha256(definition.encode()).hexdigest()[:8]}")


def shares_by_trial(shares: Mapping[str, float], trials: Mapping[str, int]) -> dict[str, float]:
    """Cut the parts of a lab that are studies into one part a trial, for `Steps`.

    Args:
        shares: parts of the lab in order, with their shares of the time.
        trials: number of trials of those parts that are studies.

    Example:
        >>> shares_by_trial({"data": 1, "width": 6}, {"width": 2})
        {'data': 1, 'width, 2 left': 3.0, 'width, 1 left': 3.0}
    """
    parts: dict[str, float] = {}
    for name, share in shares.items():
        left = range(trials.get(name, 0), 0, -1)
        parts |= {f"{name}, {count} left": share / len(left) for count in left} or {name: share}
    return parts
