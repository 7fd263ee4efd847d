"""How much faster than float32 is bfloat16 here: a small convolutional training step, timed in both."""

import time
from collections.abc import Callable

import keras
import tensorflow as tf

from atolye.layers import BatchNormalization

REPEATS = 5  # the fastest of these counts: what is slower was disturbed


def bfloat16_speedup() -> float:
    """Return seconds of a float32 step divided by seconds of the same step in bfloat16.

    Two convolutions of 32 filters with batch normalization and ReLU, forward and backward, 32 images of 32 x 32 pixels:
    the work that fills a small CNN's time. The two precisions take turns, so that a busy machine slows both.
    """
    steps = {policy: _step(policy) for policy in ("float32", "mixed_bfloat16")}
    seconds: dict[str, list[float]] = {policy: [] for policy in steps}
    for step in steps.values():
        step()  # traces
    for _ in range(REPEATS):
        for policy, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[policy].append(time.perf_counter() - start)
    return min(seconds["float32"]) / min(seconds["mixed_bfloat16"])


def _step(policy: str) -> Callable[[], object]:
    # With names and seeds of their own: otherwise the names and first weights of the models that are built next would
    # depend on whether the cache was empty.
    seeded = keras.initializers.GlorotUniform(seed=0)
    network = [
        layer
        for index in range(2)
        for layer in (
            keras.layers.Conv2D(
                32,
                3,
                padding="same",
                use_bias=False,
                kernel_initializer=seeded,
                dtype=policy,
                name=f"timed_convolution_{index}",
            ),
            BatchNormalization(dtype=policy, name=f"timed_normalization_{index}"),
            keras.layers.Activation("relu", dtype=policy, name=f"timed_activation_{index}"),
        )
    ]
    images = tf.random.stateless_normal((32, 32, 32, 32), seed=(0, 0))

    @tf.function(autograph=False)
    def gradients(images: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            outputs = images
            for layer in network:
                outputs = layer(outputs, training=True)
            loss = tf.reduce_mean(tf.square(tf.cast(outputs, tf.float32)))
        return tape.gradient(loss, [weight.value for layer in network for weight in layer.trainable_variables])

    for layer in network:
        layer.build((None, 32, 32, 32))  # outside, since a variable must not be made while tracing
    return lambda: [gradient.numpy() for gradient in gradients(images)]
