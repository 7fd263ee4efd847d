"""CIFAR-10 from scratch to 85 % and beyond on a CPU: one loop, to be read from top to bottom.

    python benchmarks/speedrun.py 85 --data-dir DIR          # DIR holds cifar10.npz; validation accuracy
    python benchmarks/speedrun.py 90 --data-dir DIR --test   # the test set, once

`atolye train cifar10 --recipe speedrun-85` is the same with a report, a validation split and the best epoch kept; here
is the bare loop, on parts of the library. The network and most tricks are those of Jordan (2024), arXiv:2404.00498, and
of its later records with Muon; sizes, batch and rates were chosen by trials on 5,000 images kept aside. The names are
the accuracies aimed at; what is reached on a JPEG copy of the data is in `docs/explanation/cpu-speed.md`.

Time: from the first batch to the last update, the making of the batches included; compiling comes before, judging
after. "views" is the weighted mean answer to an image, its mirror image and two moved copies of both (`predict_views`),
computed only for the quarter of the images that the network is least sure of.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as `import atolye` does where it comes first

import keras
import numpy as np
import tensorflow as tf

from atolye.augment import AlternatingFlip, Flip, PadAndCrop, Policy, ProgressiveResize, predict_views
from atolye.data import DataPruning, load_dataset
from atolye.models import whitened_cnn
from atolye.train.dtype_policy import dtype_policy
from atolye.train.optimizers import muon_with_sgd
from atolye.train.precision import choose_precision
from atolye.train.schedules import make_schedule

Batch = tuple[np.ndarray, np.ndarray]  # images in bytes, class ids


@dataclass(frozen=True)
class Run:
    """Everything that a training depends on, but the images."""

    widths: tuple[int, ...]
    epochs: int
    sizes: dict[int, int]  # side of the images by the epoch that begins it: small ones first, for less arithmetic
    learning_rate: float = 0.12  # the share of a kernel that the first update exchanges; falls straight to 0
    batch_size: int = 512
    label_smoothing: float = 0.2
    border: int = 2  # pixels by which crops are moved at most
    precision: str = "auto"  # bfloat16 where the processor is faster by it
    seed: int = 0
    whitening: bool = True  # this and the following are what `speedrun_tricks.py` changes, one at a time
    kernel_initializer: str | None = None  # the network's own: the identity
    activation: str = "relu"
    optimizer: str = "muon"
    shift_factor: float = 110.0  # rate of biases and of normalizations' shifts, as a multiple of the kernels'
    head_factor: float = 5.5  # that of the last layer
    schedule: str = "linear"
    alternating_flip: bool = True
    prune: float = 0.0  # share of the images left out of an epoch, of the easier; the first two and the last are whole


RUNS = {
    85: Run((64, 128, 128), 4, {0: 24, 3: 32}),
    90: Run((64, 288, 288), 7, {0: 32}, activation="silu", prune=0.4),
    93: Run((128, 384, 384), 7, {0: 32}, activation="silu", prune=0.3),
}


def batch_size(run: Run, num_images: int, epoch: int) -> int:
    """Return the size of that epoch's batches: where images are left out they are smaller, not fewer."""
    pruned = run.prune and DataPruning(run.prune, epochs=run.epochs).prunes(epoch)
    kept = num_images - round(run.prune * num_images) if pruned else num_images
    return min(run.batch_size, kept // (num_images // run.batch_size))


def batches(run: Run, images: np.ndarray, labels: np.ndarray, order: np.ndarray, epoch: int) -> Iterator[Batch]:
    """Yield an epoch's batches in bytes; a background thread makes them while the ones before are trained on."""
    flip = AlternatingFlip((0, 255)) if run.alternating_flip else Flip()
    grow = ProgressiveResize(run.sizes, augment=Policy([flip, PadAndCrop(run.border)]))
    updates, size = len(images) // run.batch_size, batch_size(run, len(images), epoch)

    def make(number: int) -> Batch:
        rows = order[number * size : (number + 1) * size]
        generator = np.random.default_rng([run.seed, epoch, number])
        return grow.augment(images[rows], generator=generator, epoch=epoch), labels[rows]

    with ThreadPoolExecutor(1) as background:
        yield from background.map(make, range(updates))


def compiled_step(model: keras.Model, optimizer: Any, run: Run) -> Any:
    """Return the training step, and make the optimizer's variables, which must exist before it is traced."""
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function(autograph=False)
    def step(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        rows = tf.one_hot(labels, 10) * (1 - run.label_smoothing) + run.label_smoothing / 10
        with tf.GradientTape() as tape:
            losses = keras.losses.categorical_crossentropy(rows, model(images, training=True))
            loss = tf.reduce_mean(losses)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return losses

    return step


def train(run: Run, images: np.ndarray, labels: np.ndarray) -> tuple[keras.Model, dict[str, float]]:
    """Return the trained network, and the seconds of compiling and of training."""
    keras.utils.set_random_seed(run.seed)
    with dtype_policy(choose_precision(run.precision).policy):
        options: dict[str, Any] = {"kernel_initializer": run.kernel_initializer, "activation": run.activation}
        model = whitened_cnn((None, None, 3), 10, widths=run.widths, **options)
    rates = make_schedule(run.schedule, run.learning_rate, run.epochs * (len(images) // run.batch_size))
    factors = {"shift_factor": run.shift_factor, "head_factor": run.head_factor, "batch_size": run.batch_size}
    optimizer = muon_with_sgd(model, rates, **factors) if run.optimizer == "muon" else keras.optimizers.Adam(rates)
    step = compiled_step(model, optimizer, run)
    state = [*model.variables, *optimizer.variables]
    start, before = time.perf_counter(), [keras.ops.convert_to_numpy(variable) for variable in state]
    grow = ProgressiveResize(run.sizes)
    for size, side in {(batch_size(run, len(images), n), grow.side(n)) for n in range(run.epochs)}:
        step(tf.zeros((size, side, side, 3), tf.uint8), tf.zeros(size, tf.int64))  # each size is compiled by itself
    for variable, value in zip(state, before, strict=True):
        variable.assign(value)
    compiling, start = time.perf_counter() - start, time.perf_counter()
    if run.whitening:
        model.get_layer("whitening").adapt(images[:5000])
    pruning = DataPruning(run.prune, epochs=run.epochs, seed=run.seed) if run.prune else None
    for epoch in range(run.epochs):
        order = np.random.default_rng([run.seed, epoch]).permutation(len(images))
        order = pruning.choose(order, epoch) if pruning else order
        made = batches(run, images, labels, order, epoch)
        losses = [step(tf.constant(pixels), tf.constant(classes)) for pixels, classes in made]
        if pruning:
            pruning.record(np.concatenate(losses))
    keras.ops.convert_to_numpy(model.weights[-1])  # waits for the last update
    return model, {"compile_seconds": compiling, "seconds": time.perf_counter() - start}


def judge(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the accuracy of one look at each image, and with further views of the unsure ones."""
    forward = tf.function(lambda pixels: model(pixels, training=False), autograph=False)

    def predict(pixels: np.ndarray) -> np.ndarray:
        parts = [np.array(forward(tf.constant(pixels[first : first + 500]))) for first in range(0, len(pixels), 500)]
        return np.concatenate(parts)

    one_look = predict(images)
    views = predict_views(predict, images, views="multi_crop", share=0.25, answers=one_look)
    return {
        "accuracy": float((one_look.argmax(axis=1) == labels).mean()),
        "accuracy_views": float((views.argmax(axis=1) == labels).mean()),
    }


def teraflop(run: Run, num_images: int) -> float:
    """Return the arithmetic of the trained convolutions: 3 times the forward pass, 2 a multiply-accumulate."""
    total = 0.0
    for epoch in range(run.epochs):
        side, channels, flop = ProgressiveResize(run.sizes).side(epoch) - 1, 24, 0
        for width in run.widths:
            flop += 2 * side**2 * 9 * channels * width + 2 * (side // 2) ** 2 * 9 * width**2
            side, channels = side // 2, width
        total += 3 * flop * (num_images // run.batch_size) * batch_size(run, num_images, epoch)
    return total / 1e12


def main() -> None:
    """Train once; print the settings and the figures, a line of JSON each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=int, choices=RUNS, help="accuracy in percent")
    parser.add_argument("--data-dir", type=Path, help="folder with cifar10.npz")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--test", action="store_true", help="train on all 50,000 images and judge on the test set")
    parser.add_argument("--set", default={}, type=json.loads, help="other settings as JSON: '{\"epochs\": 3}'")
    options = parser.parse_args()
    given, names = options.set, [name for name in asdict(RUNS[85]) if name != "seed"]
    if not isinstance(given, dict) or given.keys() - {*names} or not isinstance(given.get("sizes", {}), dict):
        parser.error(f"--set: received {json.dumps(given)}; expected a JSON object of some of {', '.join(names)}")
    if "sizes" in given:
        given["sizes"] = {int(epoch): side for epoch, side in given["sizes"].items()}
    run = replace(RUNS[options.target], seed=options.seed, **given)
    data = load_dataset("cifar10", data_dir=options.data_dir, validation_fraction=0.1)
    parts, judged = ([data.train, data.validation], data.test) if options.test else ([data.train], data.validation)
    images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("inputs", "targets"))
    model, seconds = train(run, images, labels)
    figures = judge(model, judged.inputs, judged.targets) | seconds
    figures["gflop_per_second"] = 1000 * teraflop(run, len(images)) / seconds["seconds"]
    print(json.dumps({"target": options.target, "test": options.test} | asdict(run)))
    print(json.dumps({name: round(value, 4 if "accuracy" in name else 1) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
