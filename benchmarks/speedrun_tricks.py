"""What each trick of the CIFAR-10 speedrun is worth: a study that turns them off, one at a time.

    python benchmarks/speedrun_tricks.py --data-dir DIR [--seeds 3] [--workers 2] [--quick]

Every variant is the recipe for 85 % of `speedrun.py` but for one setting, trains on 45,000 images and is judged on the
other 5,000 of the training set; the test set is not read. Those with other epochs have about as much arithmetic. The
trials are in `results/speedrun_tricks/`: what is there is not made again, so that this long study can be stopped and go
on, on another machine, too, if it trains in the same precision. With `--workers 2` two are trained at a time, on half
of the cores each: seconds tell little then, and are not in the table. It goes into `docs/explanation/cpu-speed.md`
after each trial: the difference is what is lost without the trick, over the same seeds, with a 95 % interval.
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
    "no images left out, 5 epochs": {"prune": 0.0, "epochs": 5, "sizes": {"0": 24, "4": 32}},
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
    table = study.table().query("n > 0")
    views = study.results().groupby("variant")["accuracy_views"].mean()
    lines = [
        "| without one trick | seeds | accuracy, % | difference, points | 95 % interval | with views, % |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in table.iterrows():
        gain, low, high = (100 * row[key] for key in ("gain", "gain_low", "gain_high"))
        difference = "" if pd.isna(gain) else f"{gain:+.2f}"
        interval = "" if pd.isna(gain) or pd.isna(low) else f"{low:+.2f} to {high:+.2f}"
        cells = [name, f"{row['n']:.0f}", f"{100 * row['mean']:.2f}", difference, interval, f"{100 * views[name]:.2f}"]
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
        metric="accuracy",
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
