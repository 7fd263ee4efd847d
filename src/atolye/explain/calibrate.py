"""Make a classifier's confidence fit how often it is right, by one number that the saved model carries."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from atolye.evaluate import brier_score, calibration, fit_temperature, metrics
from atolye.layers import Temperature


@dataclass(frozen=True)
class Calibrated:
    """A calibrated model, and what it was and is worth on the examples that it was calibrated with.

    Args:
        model: the same network with a `Temperature` layer behind it; save it like any other.
        temperature: what the logits are divided by: above 1 the model had been too sure.
        before: accuracy, log_loss, brier, ece and mce without it.
        after: the same with it.
    """

    model: keras.Model
    temperature: float
    before: dict[str, float]
    after: dict[str, float]


def calibrate(model: keras.Model, x: Any, targets: Any, *, batch_size: int = 64) -> Calibrated:
    """Return the model with its confidence scaled by the temperature that suits these examples best.

    Use it on the validation split, after training, where the probabilities themselves are used. Answers, and so the
    accuracy, stay as they are; the model that is passed is not changed, and shares its weights with the new one.

    Reference: Guo et al. (2017), https://arxiv.org/abs/1706.04599

    Args:
        model: built classifier with one output: softmax, or one sigmoid unit.
        x: what it takes, some hundred examples or more that it was not trained on.
        targets: their class ids, of shape `(num_examples,)`.
        batch_size: examples at a time.

    Raises:
        ValueError: when the model has several outputs, or they are no probabilities of these classes.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, "softmax")])
        >>> found = calibrate(model, np.eye(2), [0, 1])
        >>> type(found.model.layers[-1]).__name__, found.after["log_loss"] <= found.before["log_loss"]
        ('Temperature', True)
    """
    outputs = getattr(model, "outputs", None)
    if outputs is not None and len(outputs) != 1:
        raise ValueError(
            f"Model {model.name!r} has {len(outputs)} outputs; expected one. Build a model with one of them."
        )
    probabilities = _predict(model, x, batch_size)
    temperature = fit_temperature(targets, probabilities)
    layer = Temperature(temperature, name="temperature")
    if outputs:
        # A Sequential model has no `input` before it was called once.
        given = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
        scaled = keras.Model(given, layer(outputs[0]), name=model.name)
    else:  # a subclassed model has no graph to go on from
        scaled = keras.Sequential([model, layer], name=f"{model.name}_calibrated")
    after = _predict(scaled, x, batch_size)
    return Calibrated(scaled, temperature, _figures(targets, probabilities), _figures(targets, after))


def _predict(model: keras.Model, x: Any, batch_size: int) -> np.ndarray:
    return np.asarray(model.predict(x, batch_size=batch_size, verbose=0), "float64")


def _figures(targets: Any, probabilities: np.ndarray) -> dict[str, float]:
    scores, gaps = metrics(targets, probabilities), calibration(targets, probabilities)
    shown = {name: scores[name] for name in ("accuracy", "log_loss")}
    return shown | {"brier": brier_score(targets, probabilities), "ece": gaps["ece"], "mce": gaps["mce"]}
