"""What TensorFlow's threads and the order of an image's axes do to the speed of a training step.

    python benchmarks/threads_and_layout.py [--rounds 3] [--quick]

Threads: the training step of `speedrun-85` (24 pixels, 512 images, in the precision that `auto` chooses), with as many
threads inside an operation and beside one another as told; "default" tells TensorFlow nothing. They are set before it
starts, so that each measurement is a process of its own; settings take turns, and of the rounds the fastest counts.

Layout: one convolution (16 x 16, 64 to 64 channels, 3 x 3, 256 images) with the channels last, as Keras has them on
TensorFlow, and first; where TensorFlow has no kernel for an order on this processor, the table says so. Writes
`results/threads_and_layout.json` and the tables in `docs/explanation/cpu-speed.md`.
"""

import argparse
import json
import os
import subprocess
import sys
from typing import Any

import numpy as np
from onednn import median_seconds
from results import processor, save, write_table

BEGIN, END = "<!-- threads_and_layout.py writes from here -->", "<!-- to here: threads -->"
THREADS = [(None, None), (1, 1), (1, 2), (2, 1), (2, 2), (2, 4)]  # inside an operation, beside one another
BATCH = 512


def images_per_second(*, repeats: int) -> float:
    """Return how many images a second a training step of the recipe takes, in this process."""
    import speedrun
    import tensorflow as tf

    from atolye.models import whitened_cnn
    from atolye.train.dtype_policy import dtype_policy
    from atolye.train.optimizers import muon_with_sgd
    from atolye.train.precision import choose_precision

    run = speedrun.RUNS[85]
    with dtype_policy(choose_precision("auto").policy):
        model = whitened_cnn((24, 24, 3), 10, widths=run.widths)
    step = speedrun.compiled_step(model, muon_with_sgd(model, run.learning_rate), run)
    random = np.random.default_rng(0)
    images = tf.constant(random.integers(0, 256, (BATCH, 24, 24, 3)), tf.uint8)
    labels = tf.constant(random.integers(0, 10, BATCH))
    return BATCH / median_seconds(lambda: step(images, labels).numpy(), repeats)


def convolutions(*, repeats: int) -> dict[str, dict[str, float | None]]:
    """Return milliseconds of a convolution and of both its gradients, by order of the axes; None: no kernel for it."""
    import tensorflow as tf

    random, found = np.random.default_rng(0), {}
    kernel = random.normal(size=(3, 3, 64, 64))
    for order, shape in {"channels last": (256, 16, 16, 64), "channels first": (256, 64, 16, 16)}.items():
        for dtype in ("bfloat16", "float32"):
            pixels, filters = tf.cast(random.normal(size=shape), dtype), tf.Variable(tf.cast(kernel, dtype))
            axes = "NHWC" if order == "channels last" else "NCHW"

            @tf.function(autograph=False)
            def forward(x: Any = pixels, w: Any = filters, axes: str = axes) -> Any:
                return tf.reshape(tf.nn.conv2d(x, w, 1, "SAME", data_format=axes), [-1])[0]

            @tf.function(autograph=False)
            def backward(x: Any = pixels, w: Any = filters, axes: str = axes) -> Any:
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    total = tf.reduce_sum(tf.nn.conv2d(x, w, 1, "SAME", data_format=axes))
                by_images, by_filters = tape.gradient(total, [x, w])
                return by_images[0, 0, 0, 0] + by_filters[0, 0, 0, 0]

            for name, call in {"forward": forward, "forward and gradients": backward}.items():
                try:
                    seconds: float | None = 1000 * median_seconds(lambda call=call: call().numpy(), repeats)
                except tf.errors.OpError:  # "only supports NHWC on the CPU"
                    seconds = None
                found.setdefault(order, {})[f"{dtype} {name}"] = seconds
    return found


def in_a_process(part: str, quick: bool, **environment: str) -> Any:
    """Return what a process of its own measures."""
    command = [sys.executable, __file__, "--one", part, *["--quick"] * quick]
    settings = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment
    out = subprocess.run(command, env=settings, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(out.splitlines()[-1])


def tables(rates: dict[str, float], milliseconds: dict[str, dict[str, float | None]]) -> list[str]:
    """Return both tables as Markdown."""
    lines = ["| threads inside an operation, beside one another | training step, images/s |", "|---|---|"]
    lines += [f"| {name} | {rate:.0f} |" for name, rate in rates.items()]
    parts = [*milliseconds["channels last"]]
    lines += ["", f"| layout | {', ms | '.join(parts)}, ms |", "|---" * (len(parts) + 1) + "|"]
    for order, by in milliseconds.items():
        cells = ["no kernel" if by[part] is None else f"{by[part]:.1f}" for part in parts]
        lines.append(f"| {order} | {' | '.join(cells)} |")
    return [*lines, "", f"{processor()}."]


def main() -> None:
    """Measure in processes that take turns; print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="processes of each setting")
    parser.add_argument("--quick", action="store_true", help="two settings, one step each; nothing is written")
    parser.add_argument("--one", choices=["threads", "layout"], help="measure this in this process and print JSON")
    options = parser.parse_args()
    if options.one:
        measure = images_per_second if options.one == "threads" else convolutions
        print(json.dumps(measure(repeats=1 if options.quick else 15)))
        return
    rates: dict[str, float] = {}
    for _ in range(1 if options.quick else options.rounds):
        for inside, beside in THREADS[:2] if options.quick else THREADS:
            told = {"TF_NUM_INTRAOP_THREADS": inside, "TF_NUM_INTEROP_THREADS": beside}
            rate = in_a_process("threads", options.quick, **{key: str(n) for key, n in told.items() if n})
            name = f"{inside}, {beside}" if inside else "default"
            rates[name] = max(rate, rates.get(name, 0))
    milliseconds = in_a_process("layout", options.quick)
    lines = tables(rates, milliseconds)
    print("\n".join(lines))
    if not options.quick:
        write_table(BEGIN, END, lines)
        print(save("threads_and_layout", {"images_per_second": rates, "milliseconds": milliseconds}))


if __name__ == "__main__":
    main()
