"""How long a pass over a dataset waits for tf.data's autotuner at its end, by the length of the pass.

    python benchmarks/autotune.py [--rounds 8] [--quick]

A pass reads 20 batches and multiplies matrices after each in place of training, on all threads: where the work is to
sleep, nothing waits. Each length is passed several times with the autotuner, as a dataset is by default, and without it
(`atolye.autotune.without_autotune`), in turns. Writes `results/autotune.json` and the table in
`docs/explanation/cpu-speed.md`.
"""

import argparse
import os
import statistics
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from results import processor, save, write_table

from atolye.autotune import without_autotune

BEGIN, END = "<!-- autotune.py writes from here -->", "<!-- to here: autotune -->"
SECONDS = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
BATCHES = 20


@tf.function
def multiply(matrix: tf.Tensor, times: tf.Tensor) -> tf.Tensor:
    """Multiply a matrix by itself that often."""
    for _ in tf.range(times):
        matrix = tf.matmul(matrix, matrix)
    return matrix


def one_pass(dataset: Any, times: int) -> float:
    """Return how long a pass took that multiplies so often after each batch."""
    zeros, start = tf.zeros((512, 512)), time.perf_counter()
    for _ in dataset:
        multiply(zeros, tf.constant(times))
    return time.perf_counter() - start


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=8, help="passes of each length")
    parser.add_argument("--quick", action="store_true", help="two short passes; nothing is written")
    options = parser.parse_args()
    images = np.zeros((BATCHES * 8, 32, 32, 3), "uint8")
    default = tf.data.Dataset.from_tensor_slices(images).batch(8).prefetch(2)
    datasets = {"with": default, "without": without_autotune(default)}
    one_pass(datasets["without"], 10)  # compiles
    in_a_second = 200 / one_pass(datasets["without"], 200)
    taken: dict[float, dict[str, list[float]]] = {}
    for seconds in SECONDS[:1] if options.quick else SECONDS:
        taken[seconds] = {name: [] for name in datasets}
        for _ in range(1 if options.quick else options.rounds):
            for name, dataset in datasets.items():
                taken[seconds][name].append(one_pass(dataset, round(seconds * in_a_second)))
    lines = [
        "| work, about s | a pass with the autotuner, s | without it, s |",
        "|---|---|---|",
    ]
    for seconds, by in taken.items():
        cells = [f"{statistics.mean(by[name]):.2f}, {min(by[name]):.2f}, {max(by[name]):.2f}" for name in datasets]
        lines.append(f"| {seconds} | {' | '.join(cells)} |")
    lines += ["", f"{options.rounds} passes of each length on {processor()}."]
    print("\n".join(lines))
    if not options.quick:
        write_table(BEGIN, END, lines)
        print(save("autotune", {"rounds": options.rounds, "seconds": {str(key): by for key, by in taken.items()}}))


if __name__ == "__main__":
    main()
