"""What each trick of the CIFAR-10 speedrun is worth: a study that changes one setting at a time.

    python benchmarks/speedrun_tricks.py --data-dir DIR [--seeds 3] [--workers 2] [--quick]

Every variant is the recipe for 85 % of `speedrun.py` but for one setting, trains on 45,000 images and is judged on the
other 5,000 of the training set (of the JPEG copy); the test set is not read. Those of 3 and 5 epochs have 16 and 8 %
more arithmetic. The trials are in `results/speedrun_tricks/`: what is there is not made again, so that this long study
can be stopped and go on, on another machine, too, if it trains in the same precision. With `--workers 2` two are
trained at a time, on half of the cores each: seconds tell little then, and are not in the table. It goes into
`docs/explanation/cpu-speed.md` after each trial: differences from the recipe over the same seeds, the 95 % interval
that of the accuracy with views.
"""

import argparse
import functools
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import speedrun
from results import FOLDER, machine, write_table
from time_to_accuracy import VERSION

from atolye.data import Dataset, load_dataset
from atolye.study import LocalProcesses, Study
from atolye.study.trial import Trial
from atolye.train.precision import choose_precision

BEGIN, END = "<!-- speedrun_tricks.py writes from here -->", "<!-- to here: tricks -->"
VARIANTS: dict[str, dict[str, Any]] = {
    "all tricks": {},
    "first convolution random and fixed, not whitening": {"whitening": False},
    "kernels random, not the identity": {"kernel_initializer": "he_normal"},
    "Adam at 0.003, not Muon": {"optimizer": "adam", "learning_rate": 0.003},
    "shifts and last layer at the kernels' rate": {"shift_factor": 1.0, "head_factor": 1.0},
    "rate constant at 0.06, not falling": {"schedule": "constant", "learning_rate": 0.06},
    "rate up and down, not only falling": {"schedule": "triangular"},
    "labels not smoothed": {"label_smoothing": 0.0},
    "flips at random, not in turn": {"alternating_flip": False},
    "images not moved": {"border": 0},
    "0.3 of the images left out, 5 epochs": {"prune": 0.3, "epochs": 5, "sizes": {"0": 24, "4": 32}},
    "SiLU, not ReLU": {"activation": "silu"},
    "32 pixels all the time, 3 epochs": {"epochs": 3, "sizes": {"0": 32}},
}


@functools.cache
def cifar10(max_examples: int | None) -> Dataset:
    """Return the images, from `$ATOLYE_DATA_DIR`; a process reads them once."""
    return load_dataset("cifar10", validation_fraction=0.1, max_examples=max_examples)


def trial(settings: Mapping[str, Any], seed: int) -> dict[str, float | str]:
    """Train one variant; return accuracies on the validation images, seconds and arithmetic."""
    given = {name: value for name, value in settings.items() if name != "version"}
    data = cifar10(given.pop("max_examples"))
    if "sizes" in given:
        given["sizes"] = {int(epoch): side for epoch, side in given["sizes"].items()}
    run = replace(speedrun.RUNS[85], seed=seed, **given)
    model, seconds = speedrun.train(run, data.train.inputs, data.train.targets)
    figures = speedrun.judge(model, data.validation.inputs, data.validation.targets)
    return figures | {"seconds": seconds["seconds"], "cpu": machine()["cpu"]}


def write_page(study: Study) -> None:
    """Put the table of the trials that are there into the page."""
    if study.results().empty:
        return
    one_look, views = (study.table(metric).query("n > 0") for metric in ("accuracy", "accuracy_views"))
    lines = [
        "| what changes | seeds | one look, % | difference, points | with views, % | difference | 95 % interval |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in views.iterrows():
        cells = [name, f"{row['n']:.0f}"]
        for of_all in (one_look.loc[name], row):
            cells += [f"{100 * of_all['mean']:.2f}", "" if pd.isna(of_all["gain"]) else f"{100 * of_all['gain']:+.2f}"]
        told = not pd.isna(row["gain"]) and not pd.isna(row["gain_low"])
        cells.append(f"{100 * row['gain_low']:+.2f} to {100 * row['gain_high']:+.2f}" if told else "")
        lines.append(f"| {' | '.join(cells)} |")
    write_table(BEGIN, END, lines)


def main() -> None:
    """Run what is missing; print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", required=True, help="folder with cifar10.npz")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="trainings at a time")
    parser.add_argument("--quick", action="store_true", help="two variants of few images; nothing is written")
    options = parser.parse_args()
    os.environ["ATOLYE_DATA_DIR"] = options.data_dir  # not a setting: a study may go on on another machine
    settings = asdict(speedrun.RUNS[85])  # a trial of other settings is not taken for one of these
    settings["precision"] = choose_precision("auto").policy.removeprefix("mixed_")  # nor in another precision
    settings.pop("seed")
    study = Study(
        "speedrun tricks",
        variants=dict(list(VARIANTS.items())[:2]) if options.quick else VARIANTS,
        seeds=range(options.seeds),
        base={"version": VERSION, "max_examples": 2000 if options.quick else None} | settings,
        trial=trial,
        metric="accuracy_views",
        out=Path(tempfile.mkdtemp()) if options.quick else FOLDER / "speedrun_tricks",
    )

    def finished(done: Trial, left: int) -> None:
        print(done.variant, done.seed, f"{left} left", flush=True)
        if not options.quick:
            write_page(study)  # after each, so that a study that is stopped leaves its table

    runner = LocalProcesses(options.workers) if options.workers > 1 else None
    print(study.run(runner, finished=finished).to_string())
    if not options.quick:
        write_page(study)


if __name__ == "__main__":
    main()
