"""Images a second in training: our BatchNormalization against Keras's, the same network in the same process.

    python benchmarks/throughput.py [--quick]

A ResNet-like network of 7 convolutions on 32 x 32 colour images, batch 128, SGD with momentum, one compiled training
step, in bfloat16 and float32, with 64 channels at first (wide) and with 16 as in a ResNet-20 (narrow). The variants
take turns, and medians count, so that what disturbs the machine disturbs all.

A third variant has no normalization at all. Its ratio is the ceiling: what a layer that costs nothing would reach. It
is higher where convolutions are faster; the target of 2.5 comes from a machine where a network like this reached 3.3.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from results import save

from atolye.layers import BatchNormalization

BATCH_SIZE = 128
TARGETS = {"bfloat16": 2.5, "float32": 1.3}  # ratios to reach on 2 cores with AMX
WIDTHS = {"wide": 64, "narrow": 16}  # channels of the first convolution


class NoNormalization(keras.layers.Layer):
    """Stands where a normalization would, and costs nothing."""

    def __init__(self, momentum: float) -> None:
        super().__init__()

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        return inputs


LAYERS = {"ours": BatchNormalization, "keras": keras.layers.BatchNormalization, "none": NoNormalization}


def network(normalization: type[keras.layers.Layer], first: int) -> keras.Model:
    """Return 7 convolutions: one of `first` channels, then two stages of a convolution and a residual pair."""

    def block(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
        x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        return keras.layers.Activation("relu")(normalization(momentum=0.9)(x))

    inputs = keras.Input((32, 32, 3))
    x = block(inputs, first)
    x = keras.layers.MaxPooling2D(2)(block(x, 2 * first))
    x = keras.layers.Add()([x, block(block(x, 2 * first), 2 * first)])
    x = keras.layers.MaxPooling2D(2)(block(x, 4 * first))
    x = keras.layers.Add()([x, block(block(x, 4 * first), 4 * first)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax", dtype="float32")(x))


def training_step(normalization: type[keras.layers.Layer], precision: str, first: int) -> Callable[[], float]:
    """Return a function that trains on one batch, already compiled, and waits for the loss."""
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy({"bfloat16": "mixed_bfloat16", "float32": "float32"}[precision])
    model = network(normalization, first)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", jit_compile=False)
    random = np.random.default_rng(0)
    images = keras.ops.convert_to_tensor(random.normal(size=(BATCH_SIZE, 32, 32, 3)).astype("float32"))
    labels = keras.ops.convert_to_tensor(random.integers(0, 10, BATCH_SIZE))

    def step() -> float:
        return float(model.train_on_batch(images, labels))

    for _ in range(2):
        step()  # traces and warms up
    return step


def measure(precision: str, first: int, *, repeats: int, steps: int) -> dict[str, float]:
    """Return images a second of each variant, and the ratios to Keras's."""
    variants = {name: training_step(layer, precision, first) for name, layer in LAYERS.items()}
    speeds: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(repeats):
        for name, step in variants.items():
            start = time.perf_counter()
            for _ in range(steps):
                step()
            speeds[name].append(BATCH_SIZE * steps / (time.perf_counter() - start))
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    return {
        **{f"{name}_images_per_second": round(value, 1) for name, value in medians.items()},
        "ratio": round(medians["ours"] / medians["keras"], 2),
        "lowest_ratio": round(min(a / b for a, b in zip(speeds["ours"], speeds["keras"], strict=True)), 2),
        "ceiling": round(medians["none"] / medians["keras"], 2),
        "target_ratio": TARGETS[precision],
    }


def main() -> None:
    """Measure, print the table, write `results/throughput.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="three short turns, to see that it runs; nothing is written"
    )
    quick = parser.parse_args().quick
    print(f"{'':17} {'ours':>8} {'keras':>8} {'none':>8} {'ratio':>6} {'ceiling':>8} {'target':>6}   (images a second)")
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for network_name, first in WIDTHS.items():
        figures[network_name] = {}
        for precision in TARGETS:
            row = measure(precision, first, repeats=3 if quick else 7, steps=1 if quick else 64 // first)
            figures[network_name][precision] = row
            speeds = " ".join(f"{row[f'{name}_images_per_second']:8.1f}" for name in LAYERS)
            print(
                f"{network_name:7} {precision:9} {speeds} {row['ratio']:6.2f} {row['ceiling']:8.2f} "
                f"{row['target_ratio']:6.1f}"
            )
    if not quick:
        print(save("throughput", {"batch_size": BATCH_SIZE, "image": [32, 32, 3], "convolutions": 7} | figures))


if __name__ == "__main__":
    main()
