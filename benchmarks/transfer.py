"""What the frozen-prefix cache saves: the slides' two stages on CIFAR-10 at 96 px, against the plain Keras way.

Writes `benchmarks/results/transfer.json`. Head as on the slides, EfficientNet-Lite0, batches of 64. "plain": float32,
Keras's own layers throughout, `fit` through the frozen backbone, called with `training=False` as the Keras guide to
transfer learning does. "cached": folded prefix, one pass to disk (counted), `fit` of the suffix on it. Both validate
after each epoch. Parts:

- timing: seconds of each stage at `--examples`. Stage 1 cached is run whole; of the others `--timed-epochs` epochs are
  run, and the first (with its tracing) plus the median of the rest for each further one is what is told: epochs are
  alike. Targets: stage 1 at least 10 times faster, stage 2 at least 2.5 times.
- accuracy: both ways run whole, all epochs, at `--accuracy-examples`, for each of `--seeds`; the seconds there are
  measured from end to end, nothing is extrapolated, and so few examples make tracing weigh more.
- rate: images a second of the folded prefix, written to disk, against Keras's `predict`. Target: 1.2 times.

Peak memory: of the process, after the cached way (which comes first) and at the end. Target: under 3 GB.

    python benchmarks/transfer.py --data-dir DIR            # DIR holds cifar10.npz
    python benchmarks/transfer.py --data-dir DIR --quick    # to see that it runs; nothing is written
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from keras import layers
from results import save

from atolye.data import Split, batches, load_dataset
from atolye.models import backbone
from atolye.startup import start_backend
from atolye.train.dtype_policy import dtype_policy
from atolye.train.precision import choose_precision
from atolye.transfer import apply_strategy, cache_bytes, cache_features, cut, find_blocks, fold_batch_norm

NETWORK, SIDE, CLASSES, BATCH = "efficientnet-lite0", 96, 10, 64
BLOCKS = 4  # the whole blocks in the last 30 layers of the backbone, which the slides let train
EPOCHS = {"stage_1": 20, "stage_2": 30}
RATES = {"stage_1": 1e-3, "stage_2": 1e-5}  # constant; cosine decay
TARGETS = {"stage_1": 10.0, "stage_2": 2.5, "rate": 1.2, "memory_gb": 3.0}


class Clock(keras.callbacks.Callback):
    """Notes the seconds of each epoch, its validation included; the first one's from before `fit`."""

    def __init__(self) -> None:
        super().__init__()
        self.marks = [time.perf_counter()]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.marks.append(time.perf_counter())

    @property
    def seconds(self) -> list[float]:
        """Seconds by epoch."""
        return np.diff(self.marks).tolist()


class Plain:
    """The two stages as the slides and the Keras guide write them."""

    def __init__(self) -> None:
        source = backbone(NETWORK, (SIDE, SIDE, 3))
        self.base = keras.models.clone_model(source, clone_function=_keras_layer)
        self.base.set_weights(source.get_weights())
        self.names = [layer.name for block in find_blocks(source)[-BLOCKS:] for layer in block.layers]
        inputs = keras.Input((32, 32, 3))
        self.base.trainable = False
        x = self.base(layers.Resizing(SIDE, SIDE)(inputs), training=False)
        self.model = keras.Model(inputs, head(layers.GlobalAveragePooling2D()(x)))

    def stage(self, name: str, train: Split, validation: Split, *, epochs: int) -> list[float]:
        """Train some epochs of a stage; return their seconds."""
        if name == "stage_2":
            self.base.trainable = True
            for layer in self.base.layers:
                layer.trainable = layer.name in self.names and not isinstance(layer, layers.BatchNormalization)
        clock = Clock()
        compile_stage(self.model, name, len(train))
        given = (validation.inputs, validation.targets)
        options: dict[str, Any] = {"batch_size": BATCH, "epochs": epochs, "verbose": 0, "callbacks": [clock]}
        self.model.fit(train.inputs, train.targets, validation_data=given, **options)
        return clock.seconds


class Cached:
    """The two stages with what is frozen computed once."""

    def __init__(self, policy: str) -> None:
        with dtype_policy(policy):
            inputs = keras.Input((32, 32, 3), name="image")
            seen = layers.Resizing(SIDE, SIDE, dtype="float32")(inputs)
            self.base = backbone(NETWORK, input_tensor=seen)
        pooled = layers.GlobalAveragePooling2D(name="pool", dtype="float32")(self.base.output)
        self.model = keras.Model(inputs, head(pooled))
        self.pass_seconds = self.megabytes = 0.0

    def stage(self, name: str, train: Split, validation: Split, *, epochs: int) -> list[float]:
        """Train some epochs of a stage; return their seconds, those of the pass in the first."""
        if name == "stage_1":
            apply_strategy(self.base, "feature_extraction")
            last = "pool"
        else:
            apply_strategy(self.base, "partial", blocks=BLOCKS, batch_norm="freeze")
            last = find_blocks(self.base)[-BLOCKS - 1].layers[-1].name
        clock = Clock()
        with tempfile.TemporaryDirectory() as folder:
            prefix, suffix = cut(self.model, last)
            prefix = fold_batch_norm(prefix)
            features, judged = (cache_features(prefix, part, folder=folder) for part in (train, validation))
            self.pass_seconds = time.perf_counter() - clock.marks[0]
            self.megabytes = cache_bytes(prefix, len(train) + len(validation)) / 1e6
            compile_stage(suffix, name, len(train))
            options: dict[str, Any] = {"epochs": epochs, "verbose": 0, "callbacks": [clock], "shuffle": False}
            suffix.fit(batches(features, BATCH, shuffle=True), validation_data=batches(judged, BATCH), **options)
        return clock.seconds


def _keras_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return a copy of a layer; where atolye has a faster one of its own, Keras's."""
    own = (
        kind for kind in (layers.BatchNormalization, layers.Conv2D, layers.DepthwiseConv2D) if isinstance(layer, kind)
    )
    return next(own, type(layer)).from_config(layer.get_config())


def head(pooled: Any) -> Any:
    """Return the slides' head."""
    x = layers.Dropout(0.3, dtype="float32")(pooled)
    x = layers.Dense(256, activation="relu", dtype="float32")(x)
    x = layers.Dropout(0.2, dtype="float32")(x)
    return layers.Dense(CLASSES, activation="softmax", dtype="float32")(x)


def compile_stage(model: keras.Model, stage: str, examples: int) -> None:
    """Compile with the slides' optimizer, loss and rate."""
    rate: Any = RATES[stage]
    if stage == "stage_2":
        rate = keras.optimizers.schedules.CosineDecay(rate, EPOCHS[stage] * -(-examples // BATCH))
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])


def timing(train: Split, validation: Split, policy: str, timed: int) -> dict[str, Any]:
    """Seconds of each stage both ways, and their ratios."""
    figures: dict[str, Any] = {"examples": len(train), "validation_examples": len(validation)}
    keras.utils.set_random_seed(0)
    seconds: dict[str, dict[str, float]] = {}
    for way, run in (("cached", Cached(policy)), ("plain", Plain())):
        for stage, epochs in EPOCHS.items():
            whole = way == "cached" and stage == "stage_1"
            ran = run.stage(stage, train, validation, epochs=epochs if whole else min(timed, epochs))
            further = statistics.median(ran[1:])
            seconds.setdefault(stage, {})[way] = sum(ran) if whole else ran[0] + further * (epochs - 1)
            row = {"seconds": round(seconds[stage][way], 1), "epochs": epochs, "epochs_run": len(ran)}
            row |= {"first_epoch": round(ran[0], 2), "further_epoch": round(further, 3)}
            if isinstance(run, Cached):
                row |= {"pass_seconds": round(run.pass_seconds, 1), "cache_megabytes": round(run.megabytes, 1)}
            figures[f"{stage} {way}"] = row
            print(f"{stage} {way:7} {row}", flush=True)
        figures[f"peak_memory_gb after {way}"] = peak_memory()
    for stage, both in seconds.items():
        figures[f"{stage} ratio"] = round(both["plain"] / both["cached"], 2)
        print(f"{stage} {figures[f'{stage} ratio']} times faster (target {TARGETS[stage]})")
    print(f"peak memory after the cached way {figures['peak_memory_gb after cached']} GB (target below 3)")
    return figures


def accuracy(train: Split, validation: Split, test: Split, policy: str, seeds: Sequence[int]) -> dict[str, Any]:
    """Test accuracy of both ways after each stage, run whole, with the seconds that they took."""
    figures: dict[str, Any] = {"examples": len(train), "test_examples": len(test), "seeds": list(seeds)}
    found: dict[str, dict[str, list[float]]] = {}
    for seed in seeds:
        for way in ("cached", "plain"):
            keras.utils.set_random_seed(seed)
            run: Plain | Cached = Cached(policy) if way == "cached" else Plain()
            for stage, epochs in EPOCHS.items():
                took = sum(run.stage(stage, train, validation, epochs=epochs))
                answers = run.model.predict(test.inputs, batch_size=BATCH, verbose=0).argmax(axis=-1)
                row = found.setdefault(f"{stage} {way}", {"accuracy": [], "seconds": []})
                row["accuracy"].append(round(float((answers == test.targets).mean()), 4))
                row["seconds"].append(round(took, 2))
            keras.backend.clear_session()
        print(f"seed {seed}", {name: row["accuracy"][-1] for name, row in found.items()}, flush=True)
    for stage in EPOCHS:
        cached, plain = found[f"{stage} cached"], found[f"{stage} plain"]
        difference = np.mean(cached["accuracy"]) - np.mean(plain["accuracy"])
        spread = max(max(row["accuracy"]) - min(row["accuracy"]) for row in (cached, plain))
        figures[f"{stage} accuracy difference"] = round(float(difference), 4)
        figures[f"{stage} accuracy spread over seeds"] = round(spread, 4)
        ratio = statistics.median(plain["seconds"]) / statistics.median(cached["seconds"])
        figures[f"{stage} ratio"] = round(ratio, 2)
        print(f"{stage} accuracy differs by {difference:+.4f}, over seeds by {spread:.4f}; {ratio:.1f} times faster")
    return figures | found


def rate(images: Split, policies: Sequence[str], rounds: int) -> dict[str, Any]:
    """Images a second through the frozen backbone and its pooling: Keras's predict, and the folded pass to disk."""
    plain = Plain()
    pooled = next(layer for layer in plain.model.layers if isinstance(layer, layers.GlobalAveragePooling2D))
    asked = keras.Model(plain.model.input, pooled.output)
    prefixes = {policy: fold_batch_norm(cut(Cached(policy).model, "pool")[0]) for policy in policies}
    seconds: dict[str, list[float]] = {name: [] for name in ("predict", *prefixes)}
    for number in range(rounds + 1):
        for name in seconds:
            with tempfile.TemporaryDirectory() as folder:
                start = time.perf_counter()
                if name == "predict":
                    asked.predict(images.inputs, batch_size=BATCH, verbose=0)
                else:
                    cache_features(prefixes[name], images, folder=folder, batch_size=BATCH)
                if number:  # the first round compiles
                    seconds[name].append(time.perf_counter() - start)
    rates = {name: len(images) / statistics.median(values) for name, values in seconds.items()}
    figures: dict[str, Any] = {"images": len(images), "rounds": rounds}
    for name, value in rates.items():
        figures[f"{name} images_per_second"] = round(value, 1)
    for policy in policies:
        figures[f"{policy} ratio"] = round(rates[policy] / rates["predict"], 2)
    print(
        f"images a second: { ({name: round(value) for name, value in rates.items()}) } (target {TARGETS['rate']} times)"
    )
    return figures


def peak_memory() -> float:
    """Return the largest memory that this process has had, in GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)


def main() -> None:
    """Measure the parts that were asked for, print them and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=["timing", "accuracy", "rate", []], help="default: all")
    parser.add_argument("--data-dir", type=Path, help="folder with cifar10.npz")
    parser.add_argument("--examples", type=int, default=4000, help="training images of the timing (default 4000)")
    parser.add_argument("--timed-epochs", type=int, default=3, help="epochs run of what is not run whole (default 3)")
    parser.add_argument("--accuracy-examples", type=int, default=400, help="training images there (default 400)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the accuracy (default 0 1 2)")
    parser.add_argument("--precision", default="auto", choices=["auto", "float32", "bfloat16"], help="cached way's")
    parser.add_argument("--quick", action="store_true", help="few images and epochs, to see that it runs")
    options = parser.parse_args()
    if options.quick:
        options.examples, options.accuracy_examples, options.timed_epochs, options.seeds = 128, 64, 2, [0]
        EPOCHS.update(stage_1=2, stage_2=2)
    start_backend()
    parts = options.parts or ["timing", "accuracy", "rate"]
    data = load_dataset("cifar10", data_dir=options.data_dir)
    policy = choose_precision(options.precision).policy
    count, small = options.examples, options.accuracy_examples
    figures: dict[str, Any] = {"network": NETWORK, "side": SIDE, "batch_size": BATCH, "cached_policy": policy}
    figures |= {"epochs": dict(EPOCHS), "blocks_trained": BLOCKS, "targets": TARGETS}
    if "timing" in parts:
        few = data.validation.take(slice(0, count // 5))
        figures["timing"] = timing(data.limit(count).train, few, policy, max(2, options.timed_epochs))
    if "accuracy" in parts:
        few, test = data.validation.take(slice(0, small // 5)), data.test.take(slice(0, small * 5))
        figures["accuracy"] = accuracy(data.limit(small).train, few, test, policy, options.seeds)
    if "rate" in parts:
        figures["rate"] = rate(data.test.take(slice(0, count // 2)), list(dict.fromkeys(("float32", policy))), 3)
    figures["peak_memory_gb"] = peak_memory()
    if not options.quick:
        print(save("transfer", figures))


if __name__ == "__main__":
    main()
