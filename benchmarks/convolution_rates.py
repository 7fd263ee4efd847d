"""How fast this processor convolves: GFLOP/s by image size, channels, filter, stride, batch, precision and direction.

    python benchmarks/convolution_rates.py [--quick]

One convolution, compiled: forward, its gradient by the images, and that by the filters, as TensorFlow computes it and
as `atolye.layers.Conv2D` does (in bfloat16, without a stride). Each of them is the same arithmetic, 2 a multiply-
accumulate. Each row is named by how it differs from the first, so that a network can be designed by the table.
Medians of some calls that take turns; rows follow one another, so that it wants a quiet machine. A process of its own
reads from oneDNN's log which of its kernels computed the first row. Each kind of processor (with AMX; with AVX-512 and
bfloat16, AMD's or Intel's; with neither) has its own `results/convolution_rates_KIND.json` and its own table in
`docs/explanation/cpu-speed.md`.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as `import atolye` does where it comes first

import numpy as np
import tensorflow as tf
from results import machine, save, write_table

from atolye.layers.conv_tensorflow import by_filters

BEGIN, END = "<!-- convolution_rates.py writes from here: {kind} -->", "<!-- to here: {kind} -->"
KINDS = {"amx_bf16": "amx", "avx512_bf16": "avx512"}  # the first of these instructions that the processor has
PRECISIONS = ("bfloat16", "float32")


@dataclass(frozen=True)
class Shape:
    """One convolution on a batch of images."""

    side: int = 16
    channels: int = 64
    filters: int = 64
    kernel: int = 3
    stride: int = 1
    batch: int = 256

    @property
    def gflop(self) -> float:
        """Arithmetic of one direction."""
        places = (self.side // self.stride) ** 2
        return 2 * self.batch * places * self.kernel**2 * self.channels * self.filters / 1e9


FIRST = Shape()
ROWS = {
    "16 x 16, 64 to 64 channels, 3 x 3, batch 256": FIRST,
    "side 31": replace(FIRST, side=31),
    "side 32": replace(FIRST, side=32),
    "side 24": replace(FIRST, side=24),
    "side 15": replace(FIRST, side=15),
    "side 12": replace(FIRST, side=12),
    "side 11": replace(FIRST, side=11),
    "side 8": replace(FIRST, side=8),
    "side 7": replace(FIRST, side=7),
    "side 4": replace(FIRST, side=4),
    "24 to 64 channels": replace(FIRST, channels=24),
    "16 channels": replace(FIRST, channels=16, filters=16),
    "32 channels": replace(FIRST, channels=32, filters=32),
    "48 channels": replace(FIRST, channels=48, filters=48),
    "100 channels": replace(FIRST, channels=100, filters=100),
    "128 channels": replace(FIRST, channels=128, filters=128),
    "256 channels": replace(FIRST, channels=256, filters=256),
    "256 channels, side 12": replace(FIRST, channels=256, filters=256, side=12),
    "256 channels, side 8": replace(FIRST, channels=256, filters=256, side=8),
    "256 channels, side 4": replace(FIRST, channels=256, filters=256, side=4),
    "1 x 1": replace(FIRST, kernel=1),
    "5 x 5": replace(FIRST, kernel=5),
    "5 x 5, side 8": replace(FIRST, kernel=5, side=8),
    "stride 2": replace(FIRST, stride=2),
    "batch 64": replace(FIRST, batch=64),
    "batch 128": replace(FIRST, batch=128),
    "batch 512": replace(FIRST, batch=512),
    "batch 1000": replace(FIRST, batch=1000),
}


Step = Callable[[], Any]


def directions(shape: Shape, dtype: str) -> dict[str, Step]:
    """Return functions that compute a convolution or one of its gradients, and wait for it."""
    random = np.random.default_rng(0)
    places = -(-shape.side // shape.stride)
    images = tf.cast(random.normal(size=(shape.batch, shape.side, shape.side, shape.channels)), dtype)
    pull = tf.cast(random.normal(size=(shape.batch, places, places, shape.filters)), dtype)
    size = (shape.kernel, shape.kernel, shape.channels, shape.filters)
    kernel = tf.cast(random.normal(size=size), dtype)
    fixed: dict[str, Any] = {"strides": [1, shape.stride, shape.stride, 1], "padding": "SAME"}
    raw = tf.raw_ops
    found: dict[str, Step] = {
        "forward": lambda: tf.nn.conv2d(images, kernel, shape.stride, "SAME"),
        "images": lambda: raw.Conv2DBackpropInput(input_sizes=images.shape, filter=kernel, out_backprop=pull, **fixed),
        "filters": lambda: raw.Conv2DBackpropFilter(input=images, filter_sizes=size, out_backprop=pull, **fixed),
    }
    if dtype == "bfloat16" and shape.stride == 1:
        found["filters, ours"] = lambda: by_filters(images, pull, size)
    return {name: waiting(function) for name, function in found.items()}


def waiting(function: Step) -> Step:
    """Return it compiled; a call returns when its result is there."""
    compiled = tf.function(function, autograph=False)
    return lambda: float(tf.reshape(compiled(), [-1])[0])


def measure(rows: dict[str, Shape], *, repeats: int) -> dict[str, dict[str, float]]:
    """Return GFLOP/s by row, and by precision and direction."""
    rates: dict[str, dict[str, float]] = {name: {} for name in rows}
    for name, shape in rows.items():
        steps = {f"{dtype} {part}": step for dtype in PRECISIONS for part, step in directions(shape, dtype).items()}
        seconds: dict[str, list[float]] = {part: [] for part in steps}
        for step in steps.values():
            step(), step()  # traces and warms up
        for _ in range(repeats):
            for part, step in steps.items():
                start = time.perf_counter()
                step()
                seconds[part].append(time.perf_counter() - start)
        rates[name] = {part: round(shape.gflop / statistics.median(taken), 1) for part, taken in seconds.items()}
        print(f"{name:48} {rates[name]}", flush=True)
    return rates


def kernels() -> dict[str, str]:
    """Return which kernel of oneDNN computed each direction of the first row, by precision and direction."""
    command = [sys.executable, __file__, "--log"]
    log = subprocess.run(command, env=os.environ | {"ONEDNN_VERBOSE": "1"}, capture_output=True, text=True, check=True)
    return kernels_in(log.stdout)


def kernels_in(log: str) -> dict[str, str]:
    """Return the kernels that `log` tells, each by the last `now: ...` before it."""
    found, part = {}, ""
    for line in log.splitlines():
        if line.startswith("now: "):
            part = line.removeprefix("now: ")
        elif ",exec," in line and ",convolution," in line:
            found[part] = line.split(",convolution,")[1].split(",")[0]
    return found


def log() -> None:
    """Compute each direction of the first row once, its name before it; oneDNN writes its log between."""
    for dtype in PRECISIONS:
        for part, step in directions(FIRST, dtype).items():
            print(f"now: {dtype} {part}", flush=True)
            step()


def main() -> None:
    """Measure, print the table, write results and page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two rows, to see that it runs; nothing is written")
    parser.add_argument("--log", action="store_true", help="compute the first row once, for oneDNN's log")
    options = parser.parse_args()
    if options.log:
        log()
        return
    quick = options.quick
    rates = measure(dict(list(ROWS.items())[:2]) if quick else ROWS, repeats=2 if quick else 9)
    if quick:
        return
    parts = [*rates[next(iter(ROWS))]]
    lines = [f"| what differs from the first row | {' | '.join(parts)} |", "|---" * (len(parts) + 1) + "|"]
    for name, row in rates.items():
        cells = [f"{row[part]:.0f}" if part in row else "" for part in parts]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    ran, here = kernels(), machine()
    kind = next((kind for instructions, kind in KINDS.items() if instructions in here["instructions"]), "other")
    told = ", ".join(f"{part} `{name}`" for part, name in ran.items())
    lines += ["", f"oneDNN's kernels in the first row: {told}."] if told else []
    if kind == "avx512" and "Intel" in here["cpu"]:
        kind = "avx512_intel"  # the same instructions, but not the same units behind them
    begin, end = BEGIN.format(kind=kind), END.format(kind=kind)
    write_table(begin, end, lines)
    print(save(f"convolution_rates_{kind}", {"gflop_per_second": rates, "kernels": ran}))


if __name__ == "__main__":
    main()
