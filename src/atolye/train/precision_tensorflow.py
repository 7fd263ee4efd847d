"""The micro-benchmark behind `precision="auto"`: one small network, trained a few steps in each arithmetic."""

import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from atolye.layers import BatchNormalization

BATCH = (64, 32, 32, 32)  # large enough that the convolutions decide, small enough for a second or two
ROUNDS = 5


def bfloat16_speedup() -> float:
    """Return the time of a float32 training step over that of a bfloat16 step; above 1, bfloat16 is faster.

    Both steps are compiled first and then timed in turn; the fastest round of each counts, since another process can
    only make a round slower.
    """
    steps = {name: _step(policy) for name, policy in (("float32", "float32"), ("bfloat16", "mixed_bfloat16"))}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.perf_counter()
            step().numpy()
            times[name].append(time.perf_counter() - start)
    return min(times["float32"]) / min(times["bfloat16"])


def _step(policy: str) -> Callable[[], tf.Tensor]:
    """Return a compiled forward and backward pass of convolution, batch normalization and ReLU, run once already."""
    layers = [
        layer
        for _ in range(2)
        for layer in (
            keras.layers.Conv2D(64, 3, padding="same", use_bias=False, dtype=policy),
            BatchNormalization(dtype=policy),
            keras.layers.ReLU(dtype=policy),
        )
    ]
    net = keras.Sequential([keras.Input(BATCH[1:]), *layers])
    images = tf.constant(np.random.default_rng(0).normal(size=BATCH).astype("float32"))

    @tf.function(jit_compile=False)
    def step() -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.cast(net(images, training=True), tf.float32))
        gradients = tape.gradient(loss, net.trainable_variables)
        return tf.add_n([tf.reduce_sum(gradient) for gradient in gradients])

    step()
    return step
