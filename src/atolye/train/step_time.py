"""How long a training step of a given model takes in each arithmetic, measured on this machine."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import pandas as pd

from atolye.train.dtype_policy import dtype_policy

POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")


def measure_step_times(
    build: Callable[[], keras.Model],
    inputs: Any,
    targets: Any,
    *,
    policies: Sequence[str] = POLICIES,
    rounds: int = 5,
    max_seconds: float = 10.0,
    clock: Callable[[], float] = time.perf_counter,
) -> pd.DataFrame:
    """Time one training step of a model under several dtype policies.

    Use it before choosing a precision for a model of your own: whether 16 bits pay depends on the processor and on the
    layers. The policies take turns, and the fastest round of each counts, since other programs can only make a round
    slower. A policy that has used up its time gets no further round, so that a slow one (float16 convolutions on a CPU)
    does not hold up the rest.

    Reference: Micikevicius et al. (2018), Mixed Precision Training, arXiv:1710.03740.

    Args:
        build: function that returns a fresh compiled model; called once under each policy.
        inputs: one batch for the model.
        targets: its targets.
        policies: Keras dtype policies; the first is what the others are compared with.
        rounds: steps timed for each, after one that compiles; at least 1.
        max_seconds: time limit for each policy's rounds.
        clock: function that tells the time in seconds; another one is useful in tests.

    Returns:
        One row a policy: `policy`, `milliseconds` a step, `speedup` over the first policy (above 1 is faster), `loss`
        after the last step.

    Raises:
        ValueError: when there is no policy or no round.

    Example:
        >>> def build():
        ...     model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        ...     model.compile("sgd", "mse")
        ...     return model
        >>> import numpy as np
        >>> table = measure_step_times(build, np.ones((8, 4)), np.ones((8, 1)), policies=["float32"])
        >>> table["speedup"].tolist()
        [1.0]
    """
    if not policies or rounds < 1:
        raise ValueError(f"Received policies={list(policies)}, rounds={rounds}; expected one or more of each.")
    models: dict[str, keras.Model] = {}
    for policy in policies:
        with dtype_policy(policy):
            models[policy] = model = build()
        if not model.optimizer.built:  # a step that makes variables is traced twice
            model.optimizer.build(model.trainable_variables)
    losses: dict[str, float] = {}
    seconds: dict[str, list[float]] = {policy: [] for policy in policies}
    for model in models.values():
        model.train_on_batch(inputs, targets)  # compiles
    for _ in range(rounds):
        for policy, model in models.items():
            if sum(seconds[policy]) < max_seconds:
                start = clock()
                losses[policy] = float(model.train_on_batch(inputs, targets, return_dict=True)["loss"])
                seconds[policy].append(clock() - start)
    best = {policy: min(times) for policy, times in seconds.items()}
    rows = [
        {
            "policy": policy,
            "milliseconds": best[policy] * 1000,
            "speedup": best[policies[0]] / best[policy],
            "loss": losses[policy],
        }
        for policy in policies
    ]
    return pd.DataFrame(rows)
