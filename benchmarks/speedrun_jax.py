"""CIFAR-10 from scratch on an accelerator, by the recipe of the records for 94 %: Keras on JAX, whole epochs compiled.

    python benchmarks/speedrun_jax.py --data-dir DIR                 # DIR holds cifar10.npz; validation accuracy
    python benchmarks/speedrun_jax.py --data-dir DIR --test          # the test set, once
    python benchmarks/speedrun_jax.py --data-dir DIR --beside-torch  # the same recipe in PyTorch first, in one call

The tricks are those of `speedrun.py`; sizes and rates are those of the published records, Jordan (2024),
arXiv:2404.00498, and its later one with Muon. Images lie on the device as bytes, and an epoch is one compiled program
that draws the order, mirrors, crops and trains. On a CPU it shows that it works and no more: XLA's gradients of
convolutions are some ten times slower in a loop there (github.com/jax-ml/jax, issue 12868).

Time: from the whitening, which the processor computes from 5,000 images, to the last update. Compiling comes before
(its seconds are told beside), and so does the copying of the images; judging comes after, on six views an image.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import keras
import numpy as np

from atolye.augment import predict_views
from atolye.data import load_dataset
from atolye.models import whitened_cnn
from atolye.train.dtype_policy import dtype_policy
from atolye.train.optimizers import muon_with_sgd
from atolye.train.schedules import make_schedule

BORDER = 2  # pixels by which crops are moved at most


@dataclass(frozen=True)
class Run:
    """Everything that a training depends on, but the images."""

    seed: int = 0
    epochs: int = 8
    batch_size: int = 2000
    widths: tuple[int, ...] = (64, 256, 256)
    policy: str = "mixed_bfloat16"
    learning_rate: float = 0.24  # the share of a kernel that the first update exchanges; falls straight to 0
    label_smoothing: float = 0.2


def augmented(images: Any, odd: Any, rows: Any, draws: Any, epoch: Any) -> Any:
    """Return the images `rows`, mirrored every other epoch and moved: one look-up of each pixel in all the images.

    By `draws`, `(batch, 2)` in [0, 1), it gives what `AlternatingFlip` and `PadAndCrop` give. `odd` is 1 for images
    whose sum is odd, which says whether it is the even or the odd epochs that mirror them.
    """
    side = images.shape[1]
    mirror = jnp.pad(jnp.arange(side), BORDER, mode="symmetric")  # the pixel at each place of the bordered image
    start = jnp.floor(draws * (2 * BORDER + 1)).astype("int32")
    down, across = mirror[start.T[:, :, None] + jnp.arange(side)]  # (batch, side) each
    turned = (odd[rows] + epoch) % 2 == 1
    across = jnp.where(turned[:, None], side - 1 - across, across)
    return images[rows[:, None, None], down[:, :, None], across[:, None, :]]


def training_step(model: keras.Model, optimizer: Any, run: Run) -> Callable[..., Any]:
    """Return the function of the variables' values, images and labels that returns the next values and the loss."""

    def loss_of(trained: Any, other: Any, images: Any, labels: Any) -> Any:
        rows = jax.nn.one_hot(labels, 10) * (1 - run.label_smoothing) + run.label_smoothing / 10
        answers, other = model.stateless_call(trained, other, images, training=True)
        return jnp.mean(keras.losses.categorical_crossentropy(rows, answers)), other

    def step(state: Any, images: Any, labels: Any) -> Any:
        trained, other, momenta = state
        (loss, other), gradients = jax.value_and_grad(loss_of, has_aux=True)(trained, other, images, labels)
        trained, momenta = optimizer.stateless_apply(momenta, gradients, trained)
        return (trained, other, momenta), loss

    return step


def training_epoch(step: Callable[..., Any], run: Run) -> Callable[..., Any]:
    """Return the function that takes the variables' values through all batches of an epoch; with the mean loss."""

    def epoch(state: Any, images: Any, odd: Any, labels: Any, number: Any) -> Any:
        for_order, for_moves = jax.random.split(jax.random.fold_in(jax.random.key(run.seed), number))
        updates = len(images) // run.batch_size  # the images that are left over wait for the next epoch
        order = jax.random.permutation(for_order, len(images))[: updates * run.batch_size]
        draws = jax.random.uniform(for_moves, (updates, run.batch_size, 2))

        def update(state: Any, batch: Any) -> Any:
            rows, moves = batch
            return step(state, augmented(images, odd, rows, moves, number), labels[rows])

        state, losses = jax.lax.scan(update, state, (order.reshape(updates, -1), draws))
        return state, jnp.mean(losses)

    return epoch


def prepared(run: Run, num_images: int) -> tuple[keras.Model, Any]:
    """Return the network and its optimizer, with the variables of both made."""
    random.seed(run.seed)  # Keras draws its seeds from it; keras.utils.set_random_seed would import TensorFlow
    with dtype_policy(run.policy):
        model = whitened_cnn((32, 32, 3), 10, widths=run.widths)
    rates = make_schedule("linear", run.learning_rate, run.epochs * (num_images // run.batch_size))
    optimizer = muon_with_sgd(model, rates, batch_size=run.batch_size)
    optimizer.build(model.trainable_variables)
    return model, optimizer


def values(parts: Any) -> Any:
    """Return the arrays that groups of variables hold."""
    return tuple([variable.value for variable in part] for part in parts)


def train(run: Run, images: np.ndarray, labels: np.ndarray) -> tuple[keras.Model, dict[str, Any]]:
    """Return the trained network, each epoch's mean loss, and the seconds of compiling and of training."""
    model, optimizer = prepared(run, len(images))
    parts = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
    odd = images.sum(axis=(1, 2, 3), dtype="int32") % 2
    data = jax.block_until_ready([jax.device_put(array) for array in (images, odd, labels.astype("int32"))])
    start = time.perf_counter()
    epoch = jax.jit(training_epoch(training_step(model, optimizer, run), run)).lower(values(parts), *data, 0).compile()
    compiling, start = time.perf_counter() - start, time.perf_counter()
    model.get_layer("whitening").adapt(images[:5000])
    state, losses = values(parts), []
    for number in range(run.epochs):
        state, loss = epoch(state, *data, number)
        losses.append(loss)
    jax.block_until_ready(state)
    seconds = time.perf_counter() - start
    for part, arrays in zip(parts, state, strict=True):
        for variable, array in zip(part, arrays, strict=True):
            variable.assign(array)
    figures = {"compile_seconds": round(compiling, 2), "seconds": round(seconds, 3)}
    return model, figures | {"losses": [round(float(loss), 4) for loss in losses]}


def judge(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the accuracy of one look at each image, and that of six views."""
    weights = values((model.trainable_variables, model.non_trainable_variables))
    forward = jax.jit(lambda pixels: model.stateless_call(*weights, pixels, training=False)[0])

    def predict(pixels: np.ndarray) -> np.ndarray:
        return np.concatenate([np.asarray(forward(part)) for part in np.split(pixels, range(1000, len(pixels), 1000))])

    once = predict(images)
    answers = {"accuracy": once, "accuracy_views": predict_views(predict, images, views="multi_crop", answers=once)}
    return {name: round(float((rows.argmax(axis=1) == labels).mean()), 4) for name, rows in answers.items()}


def train_in_torch(options: argparse.Namespace) -> None:
    """Run `speedrun_torch.py` with the same options, which prints its own line of JSON; stop where it fails."""
    command = [options.beside_torch, str(Path(__file__).with_name("speedrun_torch.py")), *["--test"] * options.test]
    for name in ("data_dir", "seed", "epochs", "batch_size", "max_examples", "policy"):
        if getattr(options, name) is not None:
            command += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    result = subprocess.run([*command, "--widths", *map(str, options.widths)], check=False)
    if result.returncode:
        sys.exit(result.returncode)


def main() -> None:
    """Train once and print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with cifar10.npz")
    for name in ("seed", "epochs", "batch_size"):
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=getattr(Run, name))
    parser.add_argument("--widths", type=int, nargs="+", default=Run.widths)
    parser.add_argument("--policy", help="of Keras; mixed_bfloat16 on an accelerator, else float32")
    parser.add_argument("--max-examples", type=int, help="train and judge on the first so many images, for a look")
    parser.add_argument("--test", action="store_true", help="train on all 50,000 images and judge on the test set")
    parser.add_argument("--beside-torch", nargs="?", const=sys.executable, metavar="PYTHON", help="one with PyTorch")
    options = parser.parse_args()
    if options.beside_torch:
        train_in_torch(options)  # before JAX takes the device's memory
    policy = options.policy or ("float32" if jax.default_backend() == "cpu" else "mixed_bfloat16")
    run = Run(options.seed, options.epochs, options.batch_size, tuple(options.widths), policy)
    data, count = load_dataset("cifar10", data_dir=options.data_dir, validation_fraction=0.1), options.max_examples
    train_parts = (data.train, data.validation) if options.test else (data.train,)
    judged = data.test if options.test else data.validation
    images, labels = (np.concatenate([getattr(part, name) for part in train_parts]) for name in ("inputs", "targets"))
    model, figures = train(run, images[:count], labels[:count])
    figures |= judge(model, np.asarray(judged.inputs)[:count], judged.targets[:count])
    facts = {"framework": f"keras {keras.__version__} on jax {jax.__version__}", "device": jax.devices()[0].device_kind}
    facts["judged"] = "test" if options.test else "validation"
    print(json.dumps(facts | asdict(run) | {"num_images": len(images[:count])} | figures))


if __name__ == "__main__":
    main()
