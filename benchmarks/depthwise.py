"""Training with our DepthwiseConv2D against Keras's: single layers of EfficientNet-Lite0, and its last third.

    python benchmarks/depthwise.py [--quick]

Layers: forward and both gradients, compiled, batch 64, at the shapes they have for images of 96 px. Network: a compiled
training step of blocks 5c to 7a with a head on 6 x 6 x 112 maps, what a fine-tuning of the end of the network trains on
its cache. Both variants in one process take turns, and medians count, so that what disturbs the machine disturbs both.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from results import save

from atolye.layers import DepthwiseConv2D
from atolye.models import efficientnet_lite0
from atolye.train.dtype_policy import dtype_policy
from atolye.transfer import cut

BATCH_SIZE = 64
POLICIES = {"bfloat16": "mixed_bfloat16", "float32": "float32"}
VARIANTS = {"ours": DepthwiseConv2D, "keras": keras.layers.DepthwiseConv2D}
# Side of the image, channels, side of the filter, stride.
SHAPES = (
    (3, 1152, 5, 1),
    (3, 1152, 3, 1),
    (6, 672, 5, 1),
    (6, 672, 5, 2),
    (6, 480, 3, 1),
    (12, 240, 5, 1),
    (12, 240, 3, 2),
    (24, 144, 5, 2),
    (24, 144, 3, 1),
    (48, 96, 3, 2),
)
LAST_THIRD_AFTER = "block5b_add"

Step = Callable[[], Any]


def layer_step(kind: type[keras.layers.Layer], policy: str, shape: tuple[int, int, int, int]) -> Step:
    """Return a function that computes a layer's outputs and both gradients, and waits for them."""
    side, channels, kernel_size, stride = shape
    layer = kind(kernel_size, strides=stride, padding="same", use_bias=False, dtype=policy)
    random = np.random.default_rng(0)
    inputs = tf.cast(random.normal(size=(BATCH_SIZE, side, side, channels)), layer.compute_dtype)
    pull = tf.cast(random.normal(size=layer(inputs).shape), layer.compute_dtype)

    @tf.function(autograph=False)
    def compute() -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs)
        return [outputs, *tape.gradient(outputs, [inputs, layer.kernel.value], output_gradients=pull)]

    return lambda: [np.asarray(value[:1]) for value in compute()]


def network_step(kind: type[keras.layers.Layer], policy: str) -> Step:
    """Return a function that trains the last third of EfficientNet-Lite0 on one batch, and waits for the loss."""
    keras.utils.set_random_seed(0)
    with dtype_policy(policy):
        _, end = cut(efficientnet_lite0((96, 96, 3), weights=None, include_top=False), LAST_THIRD_AFTER)
        for layer in end.layers:
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                layer.__class__ = kind
        pooled = keras.layers.GlobalAveragePooling2D()(end.output)
        model = keras.Model(end.input, keras.layers.Dense(10, activation="softmax", dtype="float32")(pooled))
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", jit_compile=False)
    random = np.random.default_rng(0)
    maps = tf.constant(random.normal(size=(BATCH_SIZE, *model.input_shape[1:])), tf.float32)
    labels = tf.constant(random.integers(0, 10, BATCH_SIZE))
    return lambda: float(model.train_on_batch(maps, labels))


def measure(make: Callable[[type[keras.layers.Layer]], Step], *, repeats: int) -> dict[str, float]:
    """Return the milliseconds of a step of each variant and their ratio."""
    steps = {name: make(kind) for name, kind in VARIANTS.items()}
    for step in steps.values():
        step(), step()  # traces and warms up
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeats):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratios = [keras_s / ours_s for ours_s, keras_s in zip(seconds["ours"], seconds["keras"], strict=True)]
    return {
        **{f"{name}_ms": round(1e3 * value, 2) for name, value in medians.items()},
        "ratio": round(medians["keras"] / medians["ours"], 2),
        "lowest_ratio": round(min(ratios), 2),
    }


def table(shapes: Iterable[tuple[int, int, int, int]], *, repeats: int) -> dict[str, Any]:
    """Measure and print each row; return the figures by row and precision."""
    print(f"{'':35} {'ours':>9} {'keras':>9} {'ratio':>6}   (milliseconds a step)")
    figures: dict[str, Any] = {}
    for precision, policy in POLICIES.items():
        rows: dict[str, Callable[[type[keras.layers.Layer]], Step]] = {
            "{0}x{0}x{1}, {2}x{2}, stride {3}".format(*shape): (
                lambda kind, shape=shape, policy=policy: layer_step(kind, policy, shape)
            )
            for shape in shapes
        }
        rows["last third of the network"] = lambda kind, policy=policy: network_step(kind, policy)
        for name, make in rows.items():
            row = measure(make, repeats=repeats)
            figures.setdefault(name, {})[precision] = row
            print(
                f"{name:25} {precision:9} {row['ours_ms']:9.2f} {row['keras_ms']:9.2f} {row['ratio']:6.2f}", flush=True
            )
    return figures


def main() -> None:
    """Measure, print the table, write `results/depthwise.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="one layer and the network, to see that it runs; nothing is written"
    )
    quick = parser.parse_args().quick
    figures = table(SHAPES[3:4] if quick else SHAPES, repeats=2 if quick else 15)
    if not quick:
        print(save("depthwise", {"batch_size": BATCH_SIZE, "image": [96, 96, 3]} | figures))


if __name__ == "__main__":
    main()
