"""What `fit` adds to the arithmetic: the small CNN trained by `fit`, against a bare compiled step on constant data.

    python benchmarks/fit_overhead.py [--quick]

`cnn` on 32 x 32 colour images, batch 64, Adam, in bfloat16 and float32. "bare" calls one compiled TensorFlow step again
and again on one batch that never changes: forward, loss, gradients, update, and nothing else. "fit" is an epoch of
`model.fit` on shuffled batches from memory, with the accuracy, its set-up included; "callbacks" is the same with what
`atolye train` watches a training with. All take turns in one process, and medians count, so that what disturbs the
machine disturbs all. The target: `fit` takes at most 1.1 times as long as the bare steps.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from results import save

from atolye.data import Split, batches
from atolye.models import cnn
from atolye.train.callbacks import BestWeights, EpochSeconds, LearningRateLogger, StopOnNaN
from atolye.train.create_variables import create_variables
from atolye.train.dtype_policy import dtype_policy

BATCH_SIZE = 64
SHAPE, CLASSES = (32, 32, 3), 10
TARGET = 1.1  # seconds of fit for each second of bare steps
POLICIES = {"bfloat16": "mixed_bfloat16", "float32": "float32"}


def images(count: int) -> Split:
    """Return random images with random labels, as uint8 like those of a file."""
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (count, *SHAPE), dtype="uint8")
    return Split(pixels, random.integers(0, CLASSES, count), np.arange(count).astype(str))


def network(precision: str) -> keras.Model:
    """Return the small CNN, compiled as `atolye train` compiles it."""
    keras.utils.set_random_seed(0)
    with dtype_policy(POLICIES[precision]):
        model = cnn(SHAPE, CLASSES)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    return model


def bare_steps(precision: str, data: Split, steps: int) -> Callable[[], None]:
    """Return a function that takes `steps` compiled steps on the first batch, already traced."""
    model, loss_function = network(precision), keras.losses.SparseCategoricalCrossentropy()
    inputs, targets = tf.constant(data.inputs[:BATCH_SIZE]), tf.constant(data.targets[:BATCH_SIZE])
    variables = model.trainable_variables
    model.optimizer.build(variables)

    @tf.function(jit_compile=False)
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = loss_function(targets, model(inputs, training=True)) + sum(model.losses)
        model.optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)
        return loss

    def run() -> None:
        for _ in range(steps):
            loss = step()
        float(loss)  # waits for the last one

    step()
    return run


def epoch_of_fit(precision: str, data: Split, *, watched: bool) -> Callable[[], None]:
    """Return a function that fits one epoch on `data`, already traced."""
    model = network(precision)
    create_variables(model, data.inputs[:1], data.targets[:1])

    def run() -> None:
        watching = [LearningRateLogger(), EpochSeconds(), StopOnNaN(data.inputs[:256]), BestWeights("loss", patience=9)]
        model.fit(
            batches(data, BATCH_SIZE, shuffle=True),
            callbacks=watching if watched else [],
            shuffle=False,
            verbose=0,
        )

    run()
    return run


def measure(precision: str, *, rounds: int, steps: int) -> dict[str, float]:
    """Return images a second of each variant, and how many times as long as the bare steps the others take."""
    data = images(steps * BATCH_SIZE)
    variants = {
        "bare": bare_steps(precision, data, steps),
        "fit": epoch_of_fit(precision, data, watched=False),
        "callbacks": epoch_of_fit(precision, data, watched=True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds):
        for name in sorted(variants, reverse=number % 2 == 1):  # there and back: none always comes after the same one
            start = time.perf_counter()
            variants[name]()
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        **{f"{name}_images_per_second": round(len(data) / value, 1) for name, value in medians.items()},
        "ratio": round(medians["fit"] / medians["bare"], 3),
        "highest_ratio": round(max(a / b for a, b in zip(seconds["fit"], seconds["bare"], strict=True)), 3),
        "callbacks_ratio": round(medians["callbacks"] / medians["bare"], 3),
        "target_ratio": TARGET,
    }


def main() -> None:
    """Measure, print the table, write `results/fit_overhead.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="two short rounds, to see that it runs; nothing is written"
    )
    quick = parser.parse_args().quick
    rounds, steps = (2, 4) if quick else (9, 60)
    print(f"{'':9} {'bare':>8} {'fit':>8} {'callbacks':>9}   (images a second)   {'ratio':>6} {'target':>6}")
    figures: dict[str, dict[str, float]] = {}
    for precision in POLICIES:
        row = figures[precision] = measure(precision, rounds=rounds, steps=steps)
        speeds = " ".join(f"{row[f'{name}_images_per_second']:8.1f}" for name in ("bare", "fit", "callbacks"))
        print(f"{precision:9} {speeds} {row['ratio']:27.3f} {row['target_ratio']:6.2f}")
    if not quick:
        print(save("fit_overhead", {"batch_size": BATCH_SIZE, "image": list(SHAPE), "steps": steps} | figures))


if __name__ == "__main__":
    main()
