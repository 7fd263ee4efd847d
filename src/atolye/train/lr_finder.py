"""The learning-rate range test, as a function that leaves no trace.

Reference: Smith (2017), Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from atolye.train.learning_rate_range import LearningRateRange, smooth
from atolye.train.preserved_state import preserved_state


def find_lr(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    class_weight: dict[int, float] | None = None,
    min_lr: float = 1e-7,
    max_lr: float = 1.0,
    steps: int = 100,
    batch_size: int = 32,
    beta: float = 0.9,
    divergence: float = 4.0,
    seed: int = 0,
) -> LearningRateRange:
    """Train for `steps` updates while the learning rate grows from `min_lr` to `max_lr`, and say which rates work.

    Use it before training, on a new model or on one that is already trained. The trial runs on the model itself with
    a fresh copy of its optimizer; afterwards weights, optimizer, BatchNorm statistics, metrics, the random state and
    the compiled functions are bitwise what they were, so that training goes on as if the trial had not been.
    With gradient accumulation each rate gets one whole update.

    Reference:
        Smith (2017), [Cyclical Learning Rates](https://arxiv.org/abs/1506.01186), section 3.3.

    Args:
        model: a built, compiled model; one learning rate for all weights.
        x: arrays (examples, ...) in the structure that the model takes, or batches: a `tf.data.Dataset`, a
            `PyDataset` or any iterable of `(x, y)` or `(x, y, sample_weight)`. A pipeline that shuffles by itself
            has its own random state, which nothing can put back: for a bitwise repeatable trial give arrays.
        y: targets in the structure of the model's outputs; None when `x` gives batches.
        sample_weight: weights of the examples, as in `fit`.
        class_weight: weights of the classes, as in `fit`.
        min_lr: the first rate, above 0.
        max_lr: the last rate, above the first.
        steps: updates, and rates tried, at least 10.
        batch_size: examples in a batch; no more than there are.
        beta: smoothing of the loss, in [0, 1); the usual 0.98 would average over half of 100 steps.
        divergence: stop when the smoothed loss rises above its lowest value times this; above 1.
        seed: seed of the order of the examples.

    Returns:
        Rates, losses, suggestions and a verdict; `recommended` is None when the curve "cannot tell".

    Raises:
        ValueError: when the model is not built or compiled, has nothing to train or several learning rates, or a
            number is out of its range.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(256, 4)).astype("float32")
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> find_lr(model, x, x.sum(axis=1), steps=50).verdict
        'ok'
    """
    _check_numbers(min_lr, max_lr, steps, batch_size, beta, divergence)
    _check_model(model)
    if sample_weight is not None and class_weight is not None:
        raise ValueError("Received sample_weight and class_weight; expected one of them. Multiply them into one.")
    trial = _fresh_optimizer(model.optimizer, min_lr)
    trial.build(model.trainable_variables)
    rates = np.geomspace(min_lr, max_lr, steps)
    with preserved_state(model), _swapped_parts(model, trial):
        batches = _batches(x, y, sample_weight, batch_size, seed)
        losses, diverged = _run(model, trial, rates, batches, class_weight, beta, divergence)
    return LearningRateRange(rates[: len(losses)], losses, smooth(losses, beta), diverged)


def _run(
    model: keras.Model,
    trial: Any,
    rates: np.ndarray,
    batches: Iterator[Any],
    class_weight: dict[int, float] | None,
    beta: float,
    divergence: float,
) -> tuple[np.ndarray, bool]:
    inner = getattr(trial, "inner_optimizer", trial)
    batches_a_rate = inner.gradient_accumulation_steps or 1
    losses: list[float] = []
    average, lowest = 0.0, math.inf
    for count, rate in enumerate(rates, start=1):
        trial.learning_rate = float(rate)
        loss = 0.0
        for _ in range(batches_a_rate):
            batch = next(batches, None)
            if batch is None:  # The caller's generator has run dry.
                return np.array(losses), False
            x, y, weight = batch
            logs = model.train_on_batch(x, y, weight, class_weight=class_weight, return_dict=True)
            loss += float(logs["loss"]) / batches_a_rate
        if not math.isfinite(loss):
            return np.array(losses), True
        losses.append(loss)
        average = beta * average + (1 - beta) * loss
        smoothed = average / (1 - beta**count)
        lowest = min(lowest, smoothed)
        # A trained model's loss is near 0, where a multiple of it means nothing: measure against its start, too.
        if smoothed - lowest > (divergence - 1) * max(abs(lowest), 0.1 * abs(losses[0])):
            return np.array(losses), True
    return np.array(losses), False


def _fresh_optimizer(optimizer: Any, learning_rate: float) -> Any:
    if isinstance(optimizer, keras.optimizers.MultiOptimizer):
        raise ValueError(
            "Received a model with a MultiOptimizer, which has several learning rates; expected one. Compile with "
            "one optimizer, find its rate, then give each group its multiple of it."
        )
    config = optimizer.get_config()
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        config["inner_optimizer"] = _fresh_optimizer(optimizer.inner_optimizer, learning_rate)
        if optimizer.built:  # The scale that float16 has settled on.
            config["initial_scale"] = float(optimizer.dynamic_scale)
        return type(optimizer)(**config)
    # A number where there may be a schedule; no moving average, which the losses do not see.
    return type(optimizer).from_config(config | {"learning_rate": learning_rate, "use_ema": False})


@contextmanager
def _swapped_parts(model: keras.Model, trial: Any) -> Iterator[None]:
    swapped = {
        "optimizer": trial,
        "train_function": None,
        "_compile_metrics": None,  # Nobody reads them in the trial.
        "_compile_loss": _unbuilt_copy(model._compile_loss),
    }
    originals = {name: getattr(model, name) for name in swapped}
    try:
        for name, value in swapped.items():
            # Past Keras's own __setattr__, which would note the trial's variables as the model's.
            object.__setattr__(model, name, value)
        yield
    finally:
        for name, value in originals.items():
            object.__setattr__(model, name, value)


def _unbuilt_copy(loss: Any) -> Any:
    # The first batch builds a loss; on JAX `fit` looks at a batch, which moves the shuffling on, only if it has not.
    if loss is None or loss.built:
        return loss
    return type(loss)(loss._user_loss, loss._user_loss_weights, output_names=loss.output_names)


def _batches(x: Any, y: Any, sample_weight: Any, batch_size: int, seed: int) -> Iterator[Any]:
    if y is None and not hasattr(x, "shape") and not isinstance(x, dict | list | tuple):
        return _given_batches(x)
    data = keras.tree.map_structure(_array, (x, y, sample_weight))
    sizes = {len(leaf) for leaf in keras.tree.flatten(data) if leaf is not None}
    if len(sizes) != 1 or not min(sizes):
        raise ValueError(f"Received arrays of {sorted(sizes)} examples; expected the same number in each, at least 1.")
    return _drawn_batches(data, sizes.pop(), batch_size, seed)


def _array(leaf: Any) -> Any:
    return None if leaf is None else np.asarray(leaf)


def _drawn_batches(data: Any, num_examples: int, batch_size: int, seed: int) -> Iterator[Any]:
    random = np.random.default_rng(seed)
    batch_size = min(batch_size, num_examples)
    while True:
        order = random.permutation(num_examples)
        for start in range(0, num_examples - batch_size + 1, batch_size):  # Whole batches only: one compiled step.
            chosen = order[start : start + batch_size]
            yield keras.tree.map_structure(lambda leaf, chosen=chosen: None if leaf is None else leaf[chosen], data)


def _given_batches(source: Any) -> Iterator[Any]:
    while True:
        empty = True
        # A PyDataset has no __iter__ of its own end.
        batches = (source[i] for i in range(len(source))) if isinstance(source, keras.utils.PyDataset) else source
        for batch in batches:
            empty = False
            yield keras.utils.unpack_x_y_sample_weight(keras.tree.map_structure(_array, batch))
        if empty:
            return


def _check_numbers(min_lr: float, max_lr: float, steps: int, batch_size: int, beta: float, divergence: float) -> None:
    if not 0 < min_lr < max_lr:
        raise ValueError(f"Received min_lr={min_lr} and max_lr={max_lr}; expected 0 < min < max, such as 1e-7 and 1.")
    if steps < 10:
        raise ValueError(f"Received steps={steps}; expected at least 10, such as 100.")
    if batch_size < 1:
        raise ValueError(f"Received batch_size={batch_size}; expected at least 1, such as 32.")
    if not 0 <= beta < 1:
        raise ValueError(f"Received beta={beta}; expected 0 <= beta < 1, such as 0.9.")
    if divergence <= 1:
        raise ValueError(f"Received divergence={divergence}; expected more than 1, such as 4.")


def _check_model(model: keras.Model) -> None:
    if not model.compiled or model.optimizer is None:
        raise ValueError(
            f"Received the model {model.name!r} uncompiled; expected a compiled one. Call compile() first."
        )
    if not model.built:
        raise ValueError(
            f"Received the model {model.name!r} without weights; expected a built one, whose weights can be put back. "
            "Give it a keras.Input, or call build()."
        )
    if not model.trainable_variables:
        raise ValueError(
            f"Received the model {model.name!r} with all layers frozen; expected something to train. Set "
            "layer.trainable = True and compile again."
        )
