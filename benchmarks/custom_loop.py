"""The GradientTape loop against `model.fit`: the same training, in turn, in one process.

Writes `benchmarks/results/custom_loop.json`. The target: at most 1.05 times the time of `fit`, tracing included, and
the same weights to 1e-6.

    python benchmarks/custom_loop.py                 # one thread, 5 rounds
    python benchmarks/custom_loop.py --rounds 1      # a smoke run
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from results import save

from atolye.layers import BatchNormalization
from atolye.train.loop_tensorflow import train_loop

EXAMPLES = 20_000
BATCH_SIZE = 64
EPOCHS = 3


def main() -> None:
    """Time both loops in turn and write the ratio of their best and their median times."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=5, help="trainings with each loop (default 5)")
    rounds = arguments.parse_args().rounds
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(EXAMPLES, 784)).astype("float32")
    y = np.argmax(x[:, :10] + rng.normal(size=(EXAMPLES, 10)), axis=-1)

    seconds: dict[str, list[float]] = {"fit": [], "loop": []}
    weights = {}
    for round_number in range(-1, rounds):  # the round before the first warms up and is not counted
        order = ("fit", "loop") if round_number % 2 else ("loop", "fit")
        for name in order:
            took, weights[name] = train(name, x, y)
            if round_number >= 0:
                seconds[name].append(took)
    difference = max(float(np.abs(a - b).max()) for a, b in zip(weights["fit"], weights["loop"], strict=True))
    best = {name: min(values) for name, values in seconds.items()}
    median = {name: float(np.median(values)) for name, values in seconds.items()}
    figures = {
        "examples": EXAMPLES,
        "batch_size": BATCH_SIZE,
        "epochs": EPOCHS,
        "rounds": {name: [round(value, 3) for value in values] for name, values in seconds.items()},
        "ratio_of_best": round(best["loop"] / best["fit"], 3),
        "ratio_of_medians": round(median["loop"] / median["fit"], 3),
        "largest_weight_difference": difference,
    }
    print(f"fit {best['fit']:.2f} s, loop {best['loop']:.2f} s, ratio {figures['ratio_of_best']}")
    print(f"ratio of medians {figures['ratio_of_medians']}, weights differ by {difference:.1e} at most")
    save("custom_loop", figures)


def train(name: str, x: np.ndarray, y: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """Train a fresh model with one of the loops; return the seconds and its weights."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(256, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            BatchNormalization(momentum=0.9),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(4096, seed=1).batch(BATCH_SIZE).prefetch(2)
    validation = tf.data.Dataset.from_tensor_slices((x[:2000], y[:2000])).batch(256)
    start = time.perf_counter()
    if name == "fit":
        model.fit(data, validation_data=validation, epochs=EPOCHS, shuffle=False, verbose=0)
    else:
        train_loop(model, data, validation, epochs=EPOCHS)
    return time.perf_counter() - start, [np.array(weight) for weight in model.get_weights()]


if __name__ == "__main__":
    main()
