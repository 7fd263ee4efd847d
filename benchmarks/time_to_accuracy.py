"""Seconds to 85, 90 and 93 % on CIFAR-10: `speedrun.py` over seeds, and what a reader of the slides would write.

    python benchmarks/time_to_accuracy.py --data-dir DIR [--seeds 5] [--only 85 90 93 published keras ...]

Each run is a process of its own and leaves its figures in `results/time_to_accuracy/`; a run whose file is there is not
made again, so that this long benchmark can be stopped and started, on another machine, too: accuracies are told of all
seeds together, seconds by processor. At the end the tables in `docs/explanation/cpu-speed.md` and the picture
`docs/images/time-to-accuracy.svg` are written from all files.

- `85`, `90`, `93`: our recipes, all 50,000 images, judged once on the test set, with and without further views. Not
  every recipe reaches its number on the JPEG copy of the data; the table says what it reaches.
- `published`: the record for a GPU as it was published (64/256/256, 8 epochs of 32 pixels, 2,000 images a batch, Muon
  at 0.24, GELU): 94.0 % with views on the originals; what is missing here, the copy of the data costs.
- `keras-norm`: the recipe for 85 % with Keras's own BatchNormalization.
- `float32`: the recipe for 85 % without bfloat16; `avx2`: the same with convolutions held to AVX2.
- `keras`: a ResNet-20 as the slides write it: Keras's layers, float32, Adam, flips and shifts as layers, `fit`. It
  trains until its validation accuracy reaches 85 %; those 5,000 images are judged after each epoch, in untimed seconds.

"train" counts from the first batch to the last update; in the slides' way, unlike ours, with the compiling of the first
step, some seconds. "cold" is the whole life of the process.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from results import FOLDER, machine, versions, write_table

from atolye.files import write_text
from atolye.train.precision import choose_precision

RESULTS = FOLDER / "time_to_accuracy"
DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- time_to_accuracy.py writes from here -->", "<!-- to here -->"
SEVERAL = ("85", "90", "93")
ONCE = ("keras", "keras-norm", "float32", "avx2", "published")  # those above run with every seed, these once
GOAL, MOST_EPOCHS = 0.85, 40  # of the slides' way
VERSION = 3  # of the loop in speedrun.py: counted up where its numbers change, so that kept runs are made again


def settings(variant: str, seed: int) -> Any:
    """Return the settings of one of our recipes."""
    import speedrun

    if variant == "published":
        epochs: dict[str, Any] = {"epochs": 8, "sizes": {0: 32}, "prune": 0.0}
        return speedrun.Run((64, 256, 256), **epochs, learning_rate=0.24, batch_size=2000, activation="gelu", seed=seed)
    run = replace(speedrun.RUNS[int(variant) if variant.isdigit() else 85], seed=seed)
    return replace(run, precision="float32") if variant in ("float32", "avx2") else run


def as_kept(variant: str, seed: int) -> dict[str, Any]:
    """Return settings as they read in a file: a run is made again when they have changed."""
    if variant == "keras":
        return {}
    return {"version": VERSION} | json.loads(json.dumps(asdict(settings(variant, seed))))


def recipe(variant: str, seed: int, data_dir: Path) -> dict[str, float]:
    """Train by one of our recipes and judge it on the test set."""
    import keras
    import speedrun

    from atolye.data import load_dataset
    from atolye.layers import BatchNormalization

    run = settings(variant, seed)
    if variant == "keras-norm":
        ours = speedrun.whitened_cnn

        def with_keras_norm(*arguments: Any, **options: Any) -> keras.Model:
            model = ours(*arguments, **options)
            for layer in model.layers:
                if type(layer) is BatchNormalization:
                    layer.__class__ = keras.layers.BatchNormalization  # the same state, another `call`
            return model

        speedrun.whitened_cnn = with_keras_norm  # type: ignore[assignment]
    data = load_dataset("cifar10", data_dir=data_dir, validation_fraction=0.1)
    images = np.concatenate([data.train.inputs, data.validation.inputs])
    labels = np.concatenate([data.train.targets, data.validation.targets])
    model, seconds = speedrun.train(run, images, labels)
    figures = speedrun.judge(model, data.test.inputs, data.test.targets) | seconds
    rate = 1000 * speedrun.teraflop(run, len(images)) / seconds["seconds"]
    return figures | {"gflop_per_second": rate}


def slides_way(seed: int, data_dir: Path) -> dict[str, float]:
    """Train Keras's ResNet-20 until it has reached the goal; return its seconds, epochs and accuracy."""
    import keras
    from keras import layers

    from atolye.data import load_dataset

    keras.utils.set_random_seed(seed)
    data = load_dataset("cifar10", data_dir=data_dir, validation_fraction=0.1)

    def convolution(x: Any, filters: int, strides: int = 1) -> Any:
        x = layers.Conv2D(filters, 3, strides, padding="same", kernel_initializer="he_normal")(x)
        return layers.BatchNormalization()(x)

    inputs = keras.Input((32, 32, 3))
    x = layers.RandomTranslation(0.1, 0.1)(layers.RandomFlip("horizontal")(layers.Rescaling(1 / 255)(inputs)))
    x = layers.ReLU()(convolution(x, 16))
    for filters in (16, 32, 64):
        for block in range(3):
            strides = 2 if block == 0 and filters > 16 else 1
            y = convolution(layers.ReLU()(convolution(x, filters, strides)), filters)
            x = x if filters == x.shape[-1] else layers.Conv2D(filters, 1, strides)(x)
            x = layers.ReLU()(layers.Add()([x, y]))
    model = keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x)))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    seconds, reached, epoch = 0.0, 0.0, 0
    while reached < GOAL and epoch < MOST_EPOCHS:
        began = time.perf_counter()
        model.fit(data.train.inputs, data.train.targets, batch_size=128, verbose=0)
        seconds, epoch = seconds + time.perf_counter() - began, epoch + 1
        reached = float(model.evaluate(data.validation.inputs, data.validation.targets, verbose=0)[1])
        print(f"epoch {epoch}: {reached:.4f} after {seconds:.0f} s", flush=True)
    accuracy = float(model.evaluate(data.test.inputs, data.test.targets, verbose=0)[1])
    figures = {"accuracy": accuracy, "validation_accuracy": reached, "epochs": epoch, "seconds": seconds}
    figures["reached"] = float(reached >= GOAL)
    return figures


def runs(only: list[str], seeds: int) -> Iterator[tuple[str, int]]:
    """Yield variants and seeds: the first seed of everything first."""
    for seed in range(seeds):
        yield from ((name, seed) for name in only if name in SEVERAL or seed == 0)


def kept() -> dict[str, list[dict[str, Any]]]:
    """Return the records of the runs that are there, by variant."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(RESULTS.glob("*.json")):
        record = json.loads(path.read_text())
        if record["settings"] == as_kept(record["variant"], record["seed"]):  # not those of an earlier recipe
            name = record["variant"]
            slow = name in SEVERAL and record["policy"] == "float32"  # made where bfloat16 has no instructions
            found.setdefault(name + ", float32" * slow, []).append(record)
    order = [name + end for name in (*SEVERAL, *ONCE) for end in ("", ", float32")]
    return {name: found[name] for name in order if name in found}


def cell(records: list[dict[str, Any]], key: str, factor: float = 1, digits: int = 0) -> str:
    """Return the mean of a figure, and its standard deviation where there are several."""
    values = [factor * record["figures"][key] for record in records if key in record["figures"]]
    spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}" if values else ""


def accuracy_table(records: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the accuracies as Markdown: those of all seeds, on whatever processor they were trained."""
    lines = ["| recipe | seeds | test accuracy, % | with views, % |", "|---|---|---|---|"]
    for name, rows in records.items():
        missed = any(not row["figures"].get("reached", True) for row in rows)
        cells = [name + ", goal not reached" * missed, str(len(rows))]
        cells += [cell(rows, key, 100, 2) for key in ("accuracy", "accuracy_views")]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def time_table(records: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the seconds as Markdown, by processor, and how many times as long Keras's way takes on the same."""
    lines = ["| processor | recipe | seeds | train, s | cold, s | GFLOP/s | Keras's way takes |", "|---" * 7 + "|"]
    processors = sorted({record["machine"]["cpu"] for rows in records.values() for record in rows})
    for processor in processors:
        here = {name: [row for row in rows if row["machine"]["cpu"] == processor] for name, rows in records.items()}
        seconds = {name: np.mean([row["figures"]["seconds"] for row in rows]) for name, rows in here.items() if rows}
        for name in seconds:
            ratio = f"{seconds['keras'] / seconds[name]:.1f} times as long" if "keras" in seconds else ""
            cells = [cell(here[name], key) for key in ("seconds", "cold_seconds", "gflop_per_second")]
            cells = [processor, name, str(len(here[name])), *cells, ratio * (name != "keras")]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def draw(records: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Draw accuracy against training time, a point a run: a colour a recipe, a marker a processor."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    processors = sorted({record["machine"]["cpu"] for rows in records.values() for record in rows})
    markers = dict(zip(processors, "os^Dv", strict=False))
    for number, (name, rows) in enumerate(records.items()):
        axes.scatter([], [], color=f"C{number}", label=name, s=22)
        for row in rows:
            point = row["figures"]["seconds"], 100 * row["figures"]["accuracy"]
            axes.scatter(*point, color=f"C{number}", marker=markers[row["machine"]["cpu"]], s=22)
    for processor, marker in markers.items():
        axes.scatter([], [], color="gray", marker=marker, label=processor, s=22)
    axes.set(xscale="log", xlabel="training time, s (log scale)", ylabel="test accuracy, %")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_formatter("")
    axes.legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Make the runs that are missing, then write table and picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="folder with cifar10.npz")
    parser.add_argument("--seeds", type=int, default=5, help="of our three recipes (default 5)")
    parser.add_argument("--only", nargs="+", choices=[*SEVERAL, *ONCE], default=[*SEVERAL, *ONCE])
    parser.add_argument("--run", nargs=2, metavar=("VARIANT", "SEED"), help="make one run in this process")
    options = parser.parse_args()
    if options.run:
        variant, seed = options.run[0], int(options.run[1])
        figures = (slides_way if variant == "keras" else lambda *rest: recipe(variant, *rest))(seed, options.data_dir)
        record = {
            "variant": variant,
            "policy": "float32" if variant == "keras" else choose_precision(settings(variant, seed).precision).policy,
            "seed": seed,
            "settings": as_kept(variant, seed),
            "machine": machine(),
            "versions": versions(),
            "figures": figures,
        }
        write_text(RESULTS / f"{variant}-{seed}.json", json.dumps(record, indent=2) + "\n")
        print(variant, seed, {name: round(value, 4) for name, value in figures.items()}, flush=True)
        return
    for variant, seed in runs(options.only, options.seeds):
        path = RESULTS / f"{variant}-{seed}.json"
        if not path.exists() or json.loads(path.read_text())["settings"] != as_kept(variant, seed):
            limit = {"ONEDNN_MAX_CPU_ISA": "AVX2"} if variant == "avx2" else {}
            command = [sys.executable, __file__, "--run", variant, str(seed)]
            command += ["--data-dir", str(options.data_dir)] if options.data_dir else []
            start = time.perf_counter()
            subprocess.run(command, env=os.environ | limit, check=True)
            record = json.loads(path.read_text())
            record["figures"]["cold_seconds"] = time.perf_counter() - start
            write_text(path, json.dumps(record, indent=2) + "\n")
    records = kept()
    write_table(BEGIN, END, [*accuracy_table(records), "", *time_table(records)])
    draw(records, DOCS / "images" / "time-to-accuracy.svg")


if __name__ == "__main__":
    main()
