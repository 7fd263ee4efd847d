"""One optimizer for a model whose weights do not all learn at the same rate."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import keras

from atolye.errors import did_you_mean
from atolye.train.schedules.scaled_schedule import ScaledSchedule


def grouped_optimizer(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, groups: Mapping[str, float | keras.optimizers.Optimizer]
) -> keras.optimizers.MultiOptimizer:
    """Return an optimizer that trains some groups of weights at another rate, or by another rule, than the rest.

    Use it for biases of normalization layers that are to learn 64 times faster (`{".*/beta": 64}`), for a pretrained
    part that is to learn 100 times more slowly (`{"block[1-5]_.*": 0.01}`), or for convolution kernels on `Muon`
    (`{".*conv.*/kernel": Muon(...)}`). A group is named by a regular expression that matches the whole path of its
    weights; `[weight.path for weight in model.trainable_weights]` lists them. Begin it with `.*` for a Sequential
    model, whose name and number stand in front.

    A number multiplies the learning rate, and a schedule at every update; all else is as in `optimizer`. So a decoupled
    `weight_decay`, which Keras multiplies by the rate, grows with it; give a whole optimizer to have it otherwise.
    Gradients are clipped group by group: `global_clipnorm` is the norm of a group's.

    The result is saved with the model and goes on where it was. `LearningRateLogger` writes the rate of each part,
    under names such as `learning_rate_sgd_x64`. `ReduceLROnPlateau` lowers each part's rate; do not use
    `LearningRateScheduler`, which sets one rate for all parts.

    Args:
        model: a built model.
        optimizer: what trains all weights that are in no group; a new one, which becomes a part of the result.
        groups: by regular expression, a number above 0, or an optimizer of its own.

    Returns:
        A `keras.optimizers.MultiOptimizer`, for this model's `compile`.

    Raises:
        ValueError: when an expression matches no trainable weight, or a weight is matched by two; when the model is
            not built; when an optimizer is used already, or is none that can be a part.

    Example:
        >>> norm = keras.layers.BatchNormalization()
        >>> model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="conv"), norm])
        >>> sgd = keras.optimizers.SGD(0.5, name="sgd")
        >>> model.compile(grouped_optimizer(model, sgd, {".*/beta": 64}), "mse")
        >>> [(part.name, float(part.learning_rate)) for part in model.optimizer.optimizers]
        [('sgd_x64', 32.0), ('sgd', 0.5)]
    """
    if not model.built:
        raise ValueError(f"Received the model {model.name!r}, which is not built; expected one with weights. Build it.")
    _check_groups(groups, [weight.path for weight in model.trainable_weights])
    parts: dict[str, keras.optimizers.Optimizer] = {}
    for pattern, value in groups.items():
        part = value if isinstance(value, keras.optimizers.Optimizer) else scaled_optimizer(optimizer, value)
        part.name = _free_name(part.name, [optimizer.name, *(other.name for other in parts.values())])
        parts[pattern] = part
    for part in (optimizer, *parts.values()):
        _check_part(part)
    return keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap(optimizer, parts))


def scaled_optimizer(optimizer: keras.optimizers.Optimizer, factor: float) -> keras.optimizers.Optimizer:
    """Return a new optimizer with the same settings, whose learning rate is `factor` times that of `optimizer`.

    Raises:
        ValueError: when the factor is not above 0, or the learning rate is a function and no schedule.
    """
    _check_part(optimizer)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < float("inf"):
        raise ValueError(f"Received the factor {factor!r}; expected a number above 0, or an optimizer.")
    rate = optimizer._learning_rate
    scheduled = isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)
    if not scheduled and not isinstance(rate, keras.Variable):
        raise ValueError(
            f"Received {optimizer.name!r} with the function {rate!r} as its learning rate; expected a number or a "
            "schedule. Write it as a LearningRateSchedule."
        )
    config = optimizer.get_config()
    scaled = ScaledSchedule(rate, factor) if scheduled else config["learning_rate"] * factor
    name = f"{optimizer.name}_x{factor:g}"
    return type(optimizer).from_config(config | {"learning_rate": scaled, "name": name})


def _check_groups(groups: Mapping[str, Any], paths: list[str]) -> None:
    """Raise ValueError unless every expression matches a path, and no path is matched by two."""
    for pattern in groups:
        try:
            matched = any(re.fullmatch(pattern, path) for path in paths)
        except re.error as error:
            raise ValueError(f"Received the group {pattern!r}, which is no regular expression: {error}.") from None
        if not matched:
            raise ValueError(
                f"Received the group {pattern!r}, which matches none of the {len(paths)} trainable weights; expected a "
                f"regular expression for whole paths, such as {paths[0] if paths else '.*/bias'!r}."
                f"{did_you_mean(pattern, paths)}"
            )
    for path in paths:
        matching = [pattern for pattern in groups if re.fullmatch(pattern, path)]
        if len(matching) > 1:
            raise ValueError(
                f"Received the groups {matching[0]!r} and {matching[1]!r}, which both match the weight {path!r}; "
                "expected one group for a weight. Make one of them narrower."
            )


def _check_part(part: Any) -> None:
    """Raise ValueError unless the optimizer is new, and of a kind that Keras takes as a part."""
    if isinstance(part, keras.optimizers.MultiOptimizer | keras.optimizers.LossScaleOptimizer):
        raise ValueError(
            f"Received a {type(part).__name__}; expected an optimizer that is no wrapper, such as SGD. Wrap the result."
        )
    if part.built:
        raise ValueError(
            f"Received the optimizer {part.name!r}, which belongs to a model already; expected a new one. Make another."
        )


def _free_name(name: str, taken: Iterable[str]) -> str:
    """Return the name, with a number where it is taken: the parts' rates are logged by name."""
    names = set(taken)
    return next(free for free in (name, *(f"{name}_{number}" for number in range(2, 10_000))) if free not in names)
