"""What frozen normalizations cost where convolutions train: a step with them, and one with them folded in.

    python benchmarks/frozen_norms.py [--rounds 15]

Networks at 96 px in batches of 64, random weights, all blocks training, `fold_frozen_norms` against the network as it
is; the two take turns, step by step, and medians are compared. Writes `results/frozen_norms.json`.
"""

import argparse
import os
import statistics
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from results import save

from atolye.startup import start_backend
from atolye.train.dtype_policy import dtype_policy
from atolye.transfer import apply_strategy, fold_frozen_norms, transfer_model

NETWORKS = ("efficientnet-lite0", "mobilenetv2", "resnet50")
POLICIES = ("mixed_bfloat16", "float32")
SIDE, BATCH = 96, 64


def step_seconds(network: str, policy: str, rounds: int) -> dict[str, float]:
    """Return the median seconds of a training step as it is and folded, and their ratio."""
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (BATCH, SIDE, SIDE, 3)).astype("float32"), np.arange(BATCH) % 10
    models: dict[str, keras.Model] = {}
    for name in ("plain", "folded"):
        with dtype_policy(policy):
            built = transfer_model(network, (SIDE, SIDE, 3), 10, weights=None)
        apply_strategy(built.backbone, "full", batch_norm="freeze")
        models[name] = built.model if name == "plain" else fold_frozen_norms(built.model)
        models[name].compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
        models[name].optimizer.build(models[name].trainable_variables)
        models[name].train_on_batch(images, labels)  # compiles
    seconds: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(rounds):
        for name, model in models.items():
            start = time.perf_counter()
            model.train_on_batch(images, labels)
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return medians | {"ratio": medians["plain"] / medians["folded"]}


def main() -> None:
    """Measure each network in each policy; print and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="steps timed of each (default 15)")
    options = parser.parse_args()
    start_backend()
    rows: list[dict[str, Any]] = []
    for network in NETWORKS:
        for policy in POLICIES:
            found = step_seconds(network, policy, options.rounds)
            rows.append({"network": network, "policy": policy} | {key: round(value, 3) for key, value in found.items()})
            print(rows[-1], flush=True)
            keras.backend.clear_session()
    print(save("frozen_norms", {"side": SIDE, "batch_size": BATCH, "rounds": options.rounds, "rows": rows}))


if __name__ == "__main__":
    main()
