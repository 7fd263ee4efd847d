"""Seconds to 85, 90 and 93 % on CIFAR-10: `speedrun.py` over seeds, and what a reader of the slides would write.

    python benchmarks/time_to_accuracy.py --data-dir DIR [--seeds 5] [--only 85 90 93 published keras ...]

Each run is a process of its own and leaves its figures in `results/time_to_accuracy/PROCESSOR/`; a run whose file is
there is not made again, so that this long benchmark can be stopped and started. Accuracies are told by seed and
precision (three seeds of an earlier `85` gave the same on two processors with bfloat16), seconds by processor and its
widest instructions: of one model, one virtual machine may show AMX and another hide it. At the end the tables in
`docs/explanation/cpu-speed.md` and the picture `docs/images/time-to-accuracy.svg` are written from all files.

- `85`, `90`, `93`: our recipes, all 50,000 images, judged once on the test set, with and without further views. Not
  every recipe reaches its number on the JPEG copy of the data; the table says what it reaches.
- `published`: the sizes and rates of the record for a GPU (64/256/256, 8 epochs of 32 pixels, 2,000 images a batch,
  Muon at 0.24, GELU), which has 94.0 % with views on the originals. Not quite its letter: here the whitening's bias is
  trained to the end, the last layer has a bias, the head and the shifts have no weight decay.
- `keras-norm`: the recipe for 85 % with Keras's own BatchNormalization.
- `float32`: the recipe for 85 % without bfloat16; `avx2`: the same with convolutions held to AVX2.
- `keras`: a ResNet-20 as the slides write it: Keras's layers, float32, Adam, flips and shifts as layers, `fit`. It
  trains until its validation accuracy reaches 85 %, at most 20 epochs; those 5,000 images are judged after each epoch,
  in untimed seconds. Where 20 epochs did not reach it, the table says ">": it would take longer still.

- `our-layers`: three epochs of that `fit` with our convolutions and normalization in place of Keras's, in the precision
  that `auto` chooses; not judged.

"train" counts from the first batch to the last update; in the slides' way, unlike ours, with the compiling of the first
step, some seconds. "cold" is the whole life of the process.
"""

import argparse
import functools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from results import FOLDER, kind_of, machine, versions, write_table

from atolye.files import write_text
from atolye.train.precision import choose_precision

RESULTS = FOLDER / "time_to_accuracy"
DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- time_to_accuracy.py writes from here -->", "<!-- to here -->"
SEVERAL = ("85", "90", "93")
ONCE = ("keras", "our-layers", "keras-norm", "float32", "avx2", "published")  # those above run with every seed
AUTO = (*SEVERAL, "keras-norm", "published")  # judged, in bfloat16 where it is faster: elsewhere another row
GOAL, MOST_EPOCHS = 0.85, 20  # of the slides' way
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
    if variant in ("keras", "our-layers"):
        return {"version": 1, "goal": GOAL, "most_epochs": MOST_EPOCHS if variant == "keras" else 3}
    return {"version": VERSION} | json.loads(json.dumps(asdict(settings(variant, seed))))


def policy_of(variant: str, seed: int) -> str:
    """Return Keras's dtype policy of a run on this machine."""
    if variant == "keras":
        return "float32"
    return choose_precision("auto" if variant == "our-layers" else settings(variant, seed).precision).policy


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


def resnet20(convolve: Any, normalize: Any) -> Any:
    """Return the network of the slides, with flips and shifts as layers, compiled."""
    import keras
    from keras import layers

    def convolution(x: Any, filters: int, strides: int = 1) -> Any:
        x = convolve(filters, 3, strides, padding="same", kernel_initializer="he_normal")(x)
        return normalize()(x)

    inputs = keras.Input((32, 32, 3))
    x = layers.RandomTranslation(0.1, 0.1)(layers.RandomFlip("horizontal")(layers.Rescaling(1 / 255)(inputs)))
    x = layers.ReLU()(convolution(x, 16))
    for filters in (16, 32, 64):
        for block in range(3):
            strides = 2 if block == 0 and filters > 16 else 1
            y = convolution(layers.ReLU()(convolution(x, filters, strides)), filters)
            x = x if filters == x.shape[-1] else convolve(filters, 1, strides)(x)
            x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.Dense(10, activation="softmax", dtype="float32")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, x)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def with_our_layers(seed: int, data_dir: Path) -> dict[str, float]:
    """Train the network of the slides with our layers for three epochs; return its seconds."""
    import keras

    from atolye.data import load_dataset
    from atolye.layers import BatchNormalization, Conv2D
    from atolye.train.dtype_policy import dtype_policy

    keras.utils.set_random_seed(seed)
    data = load_dataset("cifar10", data_dir=data_dir, validation_fraction=0.1)
    with dtype_policy(choose_precision("auto").policy):
        model = resnet20(Conv2D, BatchNormalization)
    began = time.perf_counter()
    model.fit(data.train.inputs, data.train.targets, batch_size=128, epochs=3, verbose=0)
    return {"epochs": 3, "seconds": time.perf_counter() - began}


def slides_way(seed: int, data_dir: Path) -> dict[str, Any]:
    """Train Keras's ResNet-20 until it has reached the goal; return its seconds, epochs and accuracy."""
    import keras

    from atolye.data import load_dataset

    keras.utils.set_random_seed(seed)
    data = load_dataset("cifar10", data_dir=data_dir, validation_fraction=0.1)
    model = resnet20(keras.layers.Conv2D, keras.layers.BatchNormalization)
    taken, reached, epoch = [], 0.0, 0
    while reached < GOAL and epoch < MOST_EPOCHS:
        began = time.perf_counter()
        model.fit(data.train.inputs, data.train.targets, batch_size=128, verbose=0)
        taken.append(time.perf_counter() - began)
        epoch += 1
        reached = float(model.evaluate(data.validation.inputs, data.validation.targets, verbose=0)[1])
        print(f"epoch {epoch}: {reached:.4f} after {sum(taken):.0f} s", flush=True)
    accuracy = float(model.evaluate(data.test.inputs, data.test.targets, verbose=0)[1])
    figures = {"accuracy": accuracy, "validation_accuracy": reached, "epochs": epoch, "seconds": sum(taken)}
    return figures | {"reached": float(reached >= GOAL), "epoch_seconds": taken}


def runs(only: list[str], seeds: int) -> Iterator[tuple[str, int]]:
    """Yield variants and seeds: the first seed of everything first."""
    for seed in range(seeds):
        yield from ((name, seed) for name in only if name in SEVERAL or seed == 0)


def kept() -> dict[str, list[dict[str, Any]]]:
    """Return the records of the runs that are there, of all processors, by variant."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(RESULTS.glob("*/*.json")):
        record = json.loads(path.read_text())
        if record["settings"] == as_kept(record["variant"], record["seed"]):  # not those of an earlier recipe
            name = record["variant"]
            float32 = name in AUTO and record["policy"] == "float32"
            found.setdefault(name + ", float32" * float32, []).append(record)
    order = [name + end for name in (*SEVERAL, *ONCE) for end in ("", ", float32")]
    return {name: found[name] for name in order if name in found}


def path_of(variant: str, seed: int) -> Path:
    """Return where a run on this processor is kept."""
    processor = re.sub("[^a-z0-9]+", "-", kind_of(machine()).lower()).strip("-")
    return RESULTS / processor / f"{variant}-{seed}.json"


def cell(records: list[dict[str, Any]], key: str, factor: float = 1, digits: int = 0) -> str:
    """Return the mean of a figure, and its standard deviation where there are several."""
    values = [factor * record["figures"][key] for record in records if key in record["figures"]]
    spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}" if values else ""


def accuracy_table(records: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the accuracies as Markdown: each seed once, on whatever processor it was trained."""
    lines = ["| recipe | seeds | test accuracy on the JPEG copy, % | with views, % |", "|---|---|---|---|"]
    for name, rows in records.items():
        if "accuracy" not in rows[0]["figures"]:
            continue
        rows = [*{row["seed"]: row for row in rows}.values()]
        missed = any(not row["figures"].get("reached", True) for row in rows)
        cells = [name + ", goal not reached" * missed, str(len(rows))]
        cells += [cell(rows, key, 100, 2) for key in ("accuracy", "accuracy_views")]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def time_table(records: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the seconds as Markdown, by processor, and how many times as long Keras's way takes on the same."""
    head = ["processor", "recipe", "runs", "train, s", "an epoch, s", "cold, s", "GFLOP/s", "Keras's way takes"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    processors = sorted({kind_of(record["machine"]) for rows in records.values() for record in rows})
    for processor in processors:
        here = {name: [row for row in rows if kind_of(row["machine"]) == processor] for name, rows in records.items()}
        seconds = {name: np.mean([row["figures"]["seconds"] for row in rows]) for name, rows in here.items() if rows}
        more = "" if all(row["figures"]["reached"] for row in here.get("keras", [])) else "> "
        for name, rows in here.items():
            if not rows:
                continue
            compared = "keras" in seconds and name not in ("keras", "our-layers")
            ratio = f"{more}{seconds['keras'] / seconds[name]:.1f} times as long" if compared else ""
            epochs = rows[0]["figures"].get("epochs")
            epoch = cell(rows, "seconds", 1 / epochs) if epochs else ""
            train, cold, rate = (cell(rows, key) for key in ("seconds", "cold_seconds", "gflop_per_second"))
            cells = [processor, name, str(len(rows)), train, epoch, cold, rate, ratio]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def draw(records: dict[str, list[dict[str, Any]]], path: Path) -> None:
    """Draw accuracy against training time: a colour a recipe, a marker a processor; pale: one look, not views."""
    from matplotlib import colormaps, rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    figure = Figure(figsize=(7, 5.5), layout="constrained")
    axes = figure.subplots()
    processors = sorted({kind_of(record["machine"]) for rows in records.values() for record in rows})
    markers = dict(zip(processors, "os^Dv", strict=False))
    judged = {name: rows for name, rows in records.items() if "accuracy" in rows[0]["figures"]}
    strong_first = [*range(0, 20, 2), *range(1, 20, 2)]  # of the 20 colours every other one is a pale one
    for number, (name, rows) in zip(strong_first, judged.items(), strict=False):
        colour = colormaps["tab20"](number)
        axes.scatter([], [], color=colour, label=name, s=22)
        for row in rows:
            look = {"color": colour, "marker": markers[kind_of(row["machine"])], "s": 22}
            for key, alpha in (("accuracy", 0.3), ("accuracy_views", 1)):
                if key in row["figures"]:
                    axes.scatter(row["figures"]["seconds"], 100 * row["figures"][key], alpha=alpha, **look)
    axes.scatter([], [], color="black", alpha=0.3, label="pale: one look, not views", s=22)
    for processor, marker in markers.items():
        axes.scatter([], [], color="none", edgecolor="black", marker=marker, label=processor, s=22)
    axes.set(xscale="log", xlabel="training time, s (log scale)", ylabel="test accuracy on the JPEG copy, %")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_formatter("")
    figure.legend(loc="outside lower center", ncols=2, fontsize="small")  # inside it would lie on points
    with rc_context({"svg.hashsalt": path.name}):  # the same file for the same figures
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
        variant, seed = options.run[0], int(options.run[1]) if options.run[1].isdecimal() else -1
        if variant not in (*SEVERAL, *ONCE) or seed < 0:
            names = ", ".join([*SEVERAL, *ONCE])
            parser.error(f"--run: received {' '.join(options.run)}; expected one of {names}, and a seed from 0 on")
        ways = {"keras": slides_way, "our-layers": with_our_layers}
        figures = ways.get(variant, functools.partial(recipe, variant))(seed, options.data_dir)
        record = {
            "variant": variant,
            "policy": policy_of(variant, seed),
            "seed": seed,
            "settings": as_kept(variant, seed),
            "machine": machine(),
            "versions": versions(),
            "figures": figures,
        }
        write_text(path_of(variant, seed), json.dumps(record, indent=2) + "\n")
        print(variant, seed, {name: np.round(value, 4).tolist() for name, value in figures.items()}, flush=True)
        return
    for variant, seed in runs(options.only, options.seeds):
        path = path_of(variant, seed)
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
