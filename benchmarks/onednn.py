"""How much faster TensorFlow trains with oneDNN, which `import atolye` switches on: networks, with it and without.

    python benchmarks/onednn.py [--rounds 3] [--quick]

The switch is read when TensorFlow is imported, so that each measurement is a process of its own; the two settings take
turns. A step is `train_on_batch` with SGD in float32, a forward pass a compiled call; the median of several, and of the
rounds the fastest. Writes `results/onednn.json` and the table in `docs/explanation/cpu-speed.md`. On a processor with
VNNI (most with AVX-512) TensorFlow has it on by itself; this tells what the others gain.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from results import processor, save, write_table

from atolye.onednn import VARIABLE

BEGIN, END = "<!-- onednn.py writes from here -->", "<!-- to here: onednn -->"


def networks() -> dict[str, tuple[Callable[[], Any], tuple[int, ...], int]]:
    """Return by name how to build each network, and the shapes and number of its inputs."""
    import keras

    from atolye import models

    small, classes = (32, 32, 3), 10
    return {
        "`mlp`, 20 columns, batch 256": (lambda: models.mlp((20,), classes), (20,), 256),
        "`cnn`, 32 px, batch 64": (lambda: models.cnn(small, classes), small, 64),
        "`vgg_small`, 32 px, batch 128": (lambda: models.vgg_small(small, classes), small, 128),
        "`separable_cnn`, 32 px, batch 128": (lambda: models.separable_cnn(small, classes), small, 128),
        "`resnet20`, 32 px, batch 128": (lambda: models.resnet(20, small, classes), small, 128),
        "`whitened_cnn` of `speedrun-85`, 24 px, batch 512": (
            lambda: models.whitened_cnn((24, 24, 3), classes, widths=(64, 128, 128)),
            (24, 24, 3),
            512,
        ),
        "MobileNetV2 of Keras, 96 px, batch 32": (
            lambda: keras.applications.MobileNetV2((96, 96, 3), weights=None, classes=classes),
            (96, 96, 3),
            32,
        ),
    }


def median_seconds(call: Callable[[], Any], repeats: int) -> float:
    """Return the median duration of a call, after two that compile and warm up."""
    call(), call()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def measure(*, repeats: int) -> dict[str, dict[str, float]]:
    """Return milliseconds of a step and of a forward pass by network, in this process."""
    import keras
    import tensorflow as tf

    random, found = np.random.default_rng(0), {}
    for name, (build, shape, batch) in networks().items():
        model = build()
        inputs = random.integers(0, 256, (batch, *shape)).astype("uint8" if len(shape) > 1 else "float32")
        targets = random.integers(0, 10, batch)
        model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
        forward = tf.function(lambda pixels, model=model: model(pixels, training=False), autograph=False)
        found[name] = {
            "step": 1000 * median_seconds(lambda m=model, x=inputs, y=targets: m.train_on_batch(x, y), repeats),
            "forward": 1000 * median_seconds(lambda call=forward, x=inputs: call(x).numpy(), repeats),
        }
    return found


def main() -> None:
    """Measure in processes that take turns; print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="processes of each setting")
    parser.add_argument("--quick", action="store_true", help="one round of one step; nothing is written")
    parser.add_argument("--one", action="store_true", help="measure in this process and print JSON")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(repeats=1 if options.quick else 7)))
        return
    milliseconds: dict[str, dict[str, dict[str, float]]] = {}
    for _ in range(1 if options.quick else options.rounds):
        for setting in ("0", "1"):
            command = [sys.executable, __file__, "--one", *["--quick"] * options.quick]
            environment = os.environ | {VARIABLE: setting, "TF_CPP_MIN_LOG_LEVEL": "3"}
            out = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
            for name, figures in json.loads(out.splitlines()[-1]).items():
                kept = milliseconds.setdefault(name, {}).setdefault(setting, figures)
                milliseconds[name][setting] = {key: min(value, kept[key]) for key, value in figures.items()}
    lines = [
        "| network | step off, ms | on, ms | times as fast | forward off, ms | on, ms |",
        "|---|---|---|---|---|---|",
    ]
    for name, by in milliseconds.items():
        off, on = by["0"], by["1"]
        cells = [off["step"], on["step"], off["step"] / on["step"], off["forward"], on["forward"]]
        lines.append(f"| {name} | {' | '.join(f'{cell:.2f}' if cell < 10 else f'{cell:.0f}' for cell in cells)} |")
    lines += ["", f"{processor()}; the faster of {options.rounds} processes."]
    print("\n".join(lines))
    if not options.quick:
        write_table(BEGIN, END, lines)
        print(save("onednn", {"milliseconds": milliseconds}))


if __name__ == "__main__":
    main()
