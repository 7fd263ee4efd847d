"""Images a second of every augmentation: ours on NumPy batches, Keras's layers, a tf.data map, Albumentations.

    python benchmarks/augmentation.py [--data-dir DIR] [--quick]

Batches of 512 images of 32 px and of 64 images of 96 px, uint8. Four ways, taking turns; the best round of each counts,
since other programs can only make one slower:

- ours: `technique.augment` on the whole batch, one thread; what `atolye.data.batches` does in the background.
- keras: Keras's own layer of that kind in a compiled function, all threads. Its RandomCrop cuts one window for
  the whole batch; `flip_and_shift` has its RandomTranslation instead, which moves each image by itself, as ours does.
- tf_data: our technique through `atolye.augment.augmented`, a tf.data map with TensorFlow's operations, all threads.
- albumentations: through our adapter, one thread; left out where the package is not installed.

Then what each policy costs beside a training step of the small CNN: alone, and in `fit`, where it runs behind.
Targets: flip and crop at least 5 times as fast as Keras's layers, every policy under 15 % of the step.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from results import save

from atolye.augment import (
    POLICIES,
    AlbumentationsAdapter,
    AlternatingFlip,
    Brightness,
    Contrast,
    CutMix,
    Cutout,
    Flip,
    MixUp,
    PadAndCrop,
    Policy,
    RandomErasing,
    Rotation,
    Translation,
    Zoom,
    augmented,
    policy,
)
from atolye.data import Split, batches, load_dataset
from atolye.errors import MissingExtraError
from atolye.models import cnn
from atolye.train.precision import choose_precision

BYTES = (0, 255)
SIZES = {"32px": (512, 32), "96px": (64, 96)}  # batch and side
TARGETS = {"flip_and_crop_over_keras": 5.0, "policy_share_of_step": 0.15}
LAYERS = keras.layers
MAPPED = 8  # batches of a pass over the tf.data map


def ours() -> dict[str, Any]:
    """Return the techniques by name."""
    return {
        "flip": Flip(),
        "alternating_flip": AlternatingFlip(BYTES),
        "pad_and_crop": PadAndCrop(4),
        "flip_and_crop": Policy([Flip(), PadAndCrop(4)]),
        "flip_and_shift": Policy([Flip(), PadAndCrop(4)]),
        "rotation": Rotation(15),
        "zoom": Zoom(0.15),
        "translation": Translation(0.1),
        "brightness": Brightness(0.2, value_range=BYTES),
        "contrast": Contrast(0.2, value_range=BYTES),
        "cutout": Cutout(0.5, value_range=BYTES),
        "random_erasing": RandomErasing(value_range=BYTES),
        "mix_up": MixUp(10),
        "cut_mix": CutMix(10),
    }


def keras_layers(side: int) -> dict[str, list[Any]]:
    """Return Keras's layers of the same kind."""
    crop = [LAYERS.ZeroPadding2D(4), LAYERS.RandomCrop(side, side)]
    return {
        "flip": [LAYERS.RandomFlip("horizontal")],
        "pad_and_crop": crop,
        "flip_and_crop": [LAYERS.RandomFlip("horizontal"), *crop],
        "flip_and_shift": [LAYERS.RandomFlip("horizontal"), LAYERS.RandomTranslation(4 / side, 4 / side)],
        "rotation": [LAYERS.RandomRotation(15 / 360)],
        "zoom": [LAYERS.RandomZoom(0.15)],
        "translation": [LAYERS.RandomTranslation(0.1, 0.1)],
        "brightness": [LAYERS.RandomBrightness(0.2, value_range=BYTES)],
        "contrast": [LAYERS.RandomContrast(0.2, value_range=BYTES)],
        "random_erasing": [LAYERS.RandomErasing(0.5, value_range=BYTES)],
        "mix_up": [LAYERS.MixUp(0.2)],
        "cut_mix": [LAYERS.CutMix(1.0)],
    }


def albumentations_transforms(side: int) -> dict[str, Any]:
    """Return Albumentations' transforms of the same kind; none where it is not installed."""
    try:
        AlbumentationsAdapter([])
    except MissingExtraError as error:
        print(f"without Albumentations: {error}")
        return {}
    import albumentations as library

    flip = library.HorizontalFlip(p=0.5)
    crop = [library.PadIfNeeded(side + 8, side + 8, border_mode=2), library.RandomCrop(side, side)]
    return {
        "flip": flip,
        "pad_and_crop": crop,
        "flip_and_crop": [flip, *crop],
        "flip_and_shift": [flip, *crop],
        "rotation": library.Rotate(15, p=1, border_mode=2),
        "zoom": library.Affine(scale=(1 / 1.15, 1.15), p=1, border_mode=2),
        "translation": library.Affine(translate_percent=(-0.1, 0.1), p=1, border_mode=2),
        "brightness": library.RandomBrightnessContrast(0.2, 0, p=1),
        "contrast": library.RandomBrightnessContrast(0, 0.2, p=1),
        "cutout": library.CoarseDropout(
            num_holes_range=(1, 1), hole_height_range=(0.5, 0.5), hole_width_range=(0.5, 0.5), fill=128, p=1
        ),
        "random_erasing": library.Erasing(p=0.5),
    }


def ways(name: str, side: int, images: np.ndarray, labels: np.ndarray, others: Any) -> dict[str, Callable[[], Any]]:
    """Return a function for each way, which augments the batch once (`tf_data`: MAPPED times) and waits for it."""
    technique, random = ours()[name], np.random.default_rng(0)
    found: dict[str, Callable[[], Any]] = {"ours": lambda: technique.augment(images, labels, generator=random)}
    layers = keras_layers(side).get(name)
    if layers:
        # Keras's mixing layers stop at integer labels, so they are given one-hot ones in float32.
        given: Any = tf.constant(images)
        if name in ("mix_up", "cut_mix"):
            given = {"images": tf.constant(images, tf.float32), "labels": tf.one_hot(labels, 10)}

        @tf.function
        def run(batch: Any) -> Any:
            for layer in layers:
                batch = layer(batch, training=True) if "training" in layer.call.__code__.co_varnames else layer(batch)
            return batch

        found["keras"] = lambda: tf.nest.map_structure(lambda part: part.numpy(), run(given))
    # A dataset of some batches, begun anew each time: an endless one would work ahead while the others are timed.
    dataset = augmented(tf.data.Dataset.from_tensors((images, labels)).repeat(MAPPED), technique)
    found["tf_data"] = lambda: list(dataset)
    if name in others:
        adapter = AlbumentationsAdapter(others[name])
        found["albumentations"] = lambda: adapter.augment(images, labels, generator=random)
    return found


def best_seconds(works: dict[str, Callable[[], Any]], rounds: int, repeats: int) -> dict[str, float]:
    """Return the seconds of one call of each function: the best of some rounds, in which they take turns."""
    best = dict.fromkeys(works, float("inf"))
    for work in works.values():
        work()  # traces and warms up
    for _ in range(rounds):
        for name, work in works.items():
            start = time.perf_counter()
            for _ in range(repeats):
                work()
            best[name] = min(best[name], (time.perf_counter() - start) / repeats)
    return best


def measure_techniques(images: np.ndarray, labels: np.ndarray, side: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return images a second of every technique in every way, and ours over the others'."""
    others = albumentations_transforms(side)
    table = {}
    for name in ours():
        seconds = best_seconds(ways(name, side, images, labels, others), rounds, repeats=3)
        seconds["tf_data"] /= MAPPED
        table[name] = {way: round(len(images) / value) for way, value in seconds.items()}
        for way in set(seconds) - {"ours"}:
            table[name][f"ours_over_{way}"] = round(seconds[way] / seconds["ours"], 2)
        print(f"{name:17}" + "".join(f"{table[name].get(way, '-'):>12}" for way in WAYS), flush=True)
    return table


WAYS = ("ours", "keras", "tf_data", "albumentations", "ours_over_keras")


def measure_policies(images: np.ndarray, labels: np.ndarray, rounds: int) -> dict[str, Any]:
    """Return what each policy costs beside a training step of the small CNN: alone, and in `fit`."""
    precision = choose_precision("auto")
    keras.config.set_dtype_policy(precision.policy)
    model = cnn(images.shape[1:], 10)
    keras.config.set_dtype_policy("float32")
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    random, steps = np.random.default_rng(0), 4
    many = Split(np.tile(images, (steps, 1, 1, 1)), np.tile(labels, steps), np.arange(steps * len(labels)).astype(str))
    policies = {name: policy(name, images.shape[1:], value_range=BYTES) for name in POLICIES}
    step = {"step": lambda: float(model.train_on_batch(images, labels))}
    alone = {name: lambda chosen=chosen: chosen.augment(images, generator=random) for name, chosen in policies.items()}

    def epoch(chosen: Any) -> None:
        model.fit(batches(many, len(images), shuffle=True, augment=chosen), shuffle=False, verbose=0)

    fits = {name: lambda chosen=chosen: epoch(chosen) for name, chosen in policies.items()}
    fits["none"] = lambda: epoch(None)
    seconds = best_seconds(step | alone, rounds, repeats=2)
    epochs = best_seconds(fits, rounds, repeats=1)
    found: dict[str, Any] = {"precision": precision.policy, "step_milliseconds": round(1000 * seconds["step"], 2)}
    for name in POLICIES:
        found[name] = {
            "milliseconds": round(1000 * seconds[name], 2),
            "share_of_step": round(seconds[name] / seconds["step"], 3),
            "slower_fit": round(epochs[name] / epochs["none"] - 1, 3),
        }
        print(f"  {name:12}" + "".join(f"{value:12}" for value in found[name].values()), flush=True)
    return found


def main() -> None:
    """Measure, print the tables, write `results/augmentation.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="folder with cifar10.npz; its images, else drawn shapes")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs; writes nothing")
    options = parser.parse_args()
    rounds = 1 if options.quick else 7
    figures: dict[str, Any] = {"targets": TARGETS, "source": "cifar10" if options.data_dir else "shapes"}
    for title, (count, side) in SIZES.items():
        images, labels = load_images(count, side, options.data_dir)
        print(f"\n{count} images of {side} px: images a second\n{'':17}" + "".join(f"{way:>12}" for way in WAYS))
        figures[title] = {"batch_size": count, "techniques": measure_techniques(images, labels, side, rounds)}
        print(f"\n  {'policy':12}{'ms':>12}{'of a step':>12}{'slower fit':>12}")
        figures[title]["policies"] = measure_policies(images, labels, rounds)
    if not options.quick:
        print(save("augmentation", figures))


def load_images(count: int, side: int, data_dir: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Return a batch of images of that side, and labels; CIFAR-10's are enlarged by repeating pixels."""
    if data_dir is None:
        part = load_dataset("shapes", image_size=side, num_examples=max(100, 2 * count)).train
        return np.asarray(part.inputs[:count]), part.targets[:count]
    part = load_dataset("cifar10", data_dir=data_dir).train
    times = side // part.inputs.shape[1]
    return np.repeat(np.repeat(part.inputs[:count], times, axis=1), times, axis=2), part.targets[:count]


if __name__ == "__main__":
    main()
