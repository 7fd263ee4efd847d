"""The mistakes that can be seen before the first epoch, as errors."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras

from atolye.doctor import (
    Finding,
    integer_learning_rate,
    loss_against_activation,
    monitor_not_logged,
    output_without_loss,
    schedule_with_rate_callback,
    targets_out_of_range,
    value_range_disagrees,
)
from atolye.train.callbacks.monitor import log_names

FILES = (0.0, 255.0)  # the range of the pixels of image files


def check_training(
    model: keras.Model, callbacks: Sequence[Any] = (), *, validation: bool = False, targets: Any = None
) -> list[Finding]:
    """Raise on the first mistake that would spoil the training, before it costs an epoch.

    Use it right before `fit`, with the same model, callbacks and targets.

    Args:
        model: a compiled model.
        callbacks: what `fit` will be given.
        validation: whether `fit` will be given validation data.
        targets: training targets, as arrays; None checks all but them.

    Returns:
        Findings that may be meant, of level "warning".

    Raises:
        ValueError: received, effect and fix of the first finding of level "error".

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> check_training(model, [keras.callbacks.EarlyStopping("val_mae")], validation=True)
        []
    """
    warnings = []
    for finding in training_findings(model, callbacks, validation=validation, targets=targets):
        if finding.level == "error":
            raise ValueError(finding.message)
        warnings.append(finding)
    return warnings


def check_value_range(images: Any, value_range: Sequence[float]) -> None:
    """Raise a ValueError unless pixels are stated to be in (0, 255), and are: networks scale them themselves.

    Args:
        images: `(num_images, height, width, channels)`.
        value_range: lowest and highest value that a pixel can take.
    """
    low, high = value_range
    if (low, high) != FILES:
        raise ValueError(
            f"Received images with value_range=({low:g}, {high:g}); expected (0, 255), as image files have: the "
            "networks scale pixels themselves, and a saved model is asked for files. Bring the images to 0 to 255, and "
            "say so."
        )
    finding = value_range_disagrees(images, value_range)
    if finding is not None:
        raise ValueError(replace(finding, fix="Bring the images to 0 to 255").message)


def training_findings(
    model: keras.Model, callbacks: Sequence[Any] = (), *, validation: bool = False, targets: Any = None
) -> Iterator[Finding]:
    """Yield all findings on a training; the arguments are those of `check_training`."""
    rules = [
        integer_learning_rate(model),
        schedule_with_rate_callback(model, callbacks),
        output_without_loss(model),
        loss_against_activation(model),
        None if targets is None else targets_out_of_range(model, targets),
        *_monitors(model, callbacks, validation),
    ]
    yield from (finding for finding in rules if finding is not None)


def _monitors(model: keras.Model, callbacks: Sequence[Any], validation: bool) -> Iterator[Finding | None]:
    names = log_names(model)
    if names is None or type(model).train_step is not keras.Model.train_step:
        return  # What will be logged cannot be known yet.
    setters = (keras.callbacks.ReduceLROnPlateau, keras.callbacks.LearningRateScheduler)
    if any(isinstance(callback, setters) for callback in callbacks):
        names = [*names, "learning_rate"]
    others = any(not type(callback).__module__.startswith("keras.") for callback in callbacks)
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        # A checkpoint of every epoch has a monitor and does not look at it.
        if isinstance(monitor, str) and getattr(callback, "save_best_only", True):
            yield monitor_not_logged(monitor, names, validation=validation, other_callbacks=others)
