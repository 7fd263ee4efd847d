"""Images a second in training: our BatchNormalization against Keras's, the same network in the same process.

    python benchmarks/throughput.py [--quick]

A ResNet-like network of 7 convolutions on 32 x 32 colour images, batch 128, SGD with momentum, one compiled training
step, in bfloat16 and float32. The variants take turns, and medians count, so that what disturbs the machine disturbs
all.
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
LAYERS = {"ours": BatchNormalization, "keras": keras.layers.BatchNormalization}


def network(normalization: type[keras.layers.Layer]) -> keras.Model:
    """Return 7 convolutions: a first one, then three stages of a convolution and a residual pair in two of them."""

    def block(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
        x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        return keras.layers.Activation("relu")(normalization(momentum=0.9)(x))

    inputs = keras.Input((32, 32, 3))
    x = block(inputs, 64)
    x = keras.layers.MaxPooling2D(2)(block(x, 128))
    x = keras.layers.Add()([x, block(block(x, 128), 128)])
    x = keras.layers.MaxPooling2D(2)(block(x, 256))
    x = keras.layers.Add()([x, block(block(x, 256), 256)])
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax", dtype="float32")(x))


def training_step(normalization: type[keras.layers.Layer], precision: str) -> Callable[[], float]:
    """Return a function that trains on one batch, already compiled, and waits for the loss."""
    keras.utils.set_random_seed(0)
    keras.config.set_dtype_policy({"bfloat16": "mixed_bfloat16", "float32": "float32"}[precision])
    model = network(normalization)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", jit_compile=False)
    random = np.random.default_rng(0)
    images = keras.ops.convert_to_tensor(random.normal(size=(BATCH_SIZE, 32, 32, 3)).astype("float32"))
    labels = keras.ops.convert_to_tensor(random.integers(0, 10, BATCH_SIZE))

    def step() -> float:
        return float(model.train_on_batch(images, labels))

    for _ in range(2):
        step()  # traces and warms up
    return step


def measure(*, repeats: int, steps: int) -> dict[str, dict[str, float]]:
    """Return images a second and the ratio, by precision."""
    figures = {}
    for precision in TARGETS:
        variants = {name: training_step(layer, precision) for name, layer in LAYERS.items()}
        speeds: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(repeats):
            for name, step in variants.items():
                start = time.perf_counter()
                for _ in range(steps):
                    step()
                speeds[name].append(BATCH_SIZE * steps / (time.perf_counter() - start))
        medians = {name: statistics.median(values) for name, values in speeds.items()}
        figures[precision] = {
            "ours_images_per_second": round(medians["ours"], 1),
            "keras_images_per_second": round(medians["keras"], 1),
            "ratio": round(medians["ours"] / medians["keras"], 2),
            "lowest_ratio": round(min(a / b for a, b in zip(speeds["ours"], speeds["keras"], strict=True)), 2),
            "target_ratio": TARGETS[precision],
        }
    return figures


def main() -> None:
    """Measure, print the table, write `results/throughput.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="three short turns, to see that it runs; nothing is written"
    )
    quick = parser.parse_args().quick
    figures = measure(repeats=3 if quick else 7, steps=1 if quick else 4)
    print(f"{'precision':10} {'ours':>10} {'keras':>10} {'ratio':>6} {'target':>6}   (images a second, medians)")
    for precision, row in figures.items():
        print(
            f"{precision:10} {row['ours_images_per_second']:10.1f} {row['keras_images_per_second']:10.1f} "
            f"{row['ratio']:6.2f} {row['target_ratio']:6.1f}"
        )
    if not quick:
        print(save("throughput", {"batch_size": BATCH_SIZE, "image": [32, 32, 3], "convolutions": 7} | figures))


if __name__ == "__main__":
    main()
