"""One function that makes any learning-rate schedule by its name, counted in optimizer updates."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras

from atolye.errors import did_you_mean
from atolye.train.schedules.cyclical_learning_rate import CyclicalLearningRate
from atolye.train.schedules.flat_cosine import FlatCosine
from atolye.train.schedules.one_cycle import OneCycle
from atolye.train.schedules.per_update import PerUpdate

Schedule: TypeAlias = keras.optimizers.schedules.LearningRateSchedule


def make_schedule(
    name: str,
    learning_rate: float,
    total_steps: int,
    *,
    gradient_accumulation_steps: int | None = None,
    **options: Any,
) -> float | Schedule:
    """Return what to give an optimizer as `learning_rate`: a schedule by name, or the number itself for "constant".

    Use it to let a recipe choose a schedule by name. Keras's own are used where they exist; lengths are filled in
    from `total_steps`, rightly also where Keras counts otherwise (`CosineDecay.decay_steps` excludes the warm-up).

    | name | schedule | defaults |
    |---|---|---|
    | constant | the number, so that ReduceLROnPlateau can change it | |
    | linear | Keras `PolynomialDecay`, a straight line to 0 | end_learning_rate=0 |
    | exponential | Keras `ExponentialDecay` | decay_steps=1000, decay_rate=0.96 |
    | cosine | Keras `CosineDecay` | alpha=0 |
    | cosine_restarts | Keras `CosineDecayRestarts`, three periods, each twice as long | t_mul=2, m_mul=1, alpha=0 |
    | warmup_cosine | Keras `CosineDecay` with warm-up from 0 | warmup_steps=10 % of total_steps, alpha=0 |
    | cyclical | `CyclicalLearningRate`, three cycles | base_learning_rate=learning_rate / 10 |
    | one_cycle | `OneCycle` | warmup_fraction=0.3 |
    | flat_cosine | `FlatCosine` | flat_fraction=0.75 |
    | triangular | `OneCycle` in straight lines: from 20 % of the rate up, and down to 7 % | warmup_fraction=0.23 |

    Args:
        name: one of the names above.
        learning_rate: the highest rate that the schedule reaches, above 0.
        total_steps: optimizer updates in the whole training, at least 2 (`count_updates` counts them).
        gradient_accumulation_steps: the optimizer's own setting; from 2 on, the schedule is wrapped in `PerUpdate`.
        options: handed to the schedule, instead of the defaults above.

    Returns:
        A float for "constant", else a `LearningRateSchedule`.

    Raises:
        ValueError: when the name is unknown, a number is out of its range, or the schedule knows no such option.

    Example:
        >>> schedule = make_schedule("warmup_cosine", 0.1, 100, warmup_steps=20)
        >>> [round(float(schedule(step)), 3) for step in (0, 10, 20, 60, 100)]
        [0.0, 0.05, 0.1, 0.05, 0.0]
    """
    if name not in SCHEDULES:
        raise ValueError(
            f"Received schedule {name!r}; expected one of {', '.join(SCHEDULES)}.{did_you_mean(name, SCHEDULES)}"
        )
    if isinstance(learning_rate, bool) or not learning_rate > 0:
        raise ValueError(f"Received learning_rate={learning_rate}; expected a number above 0, such as 0.001.")
    if total_steps < 2:
        raise ValueError(f"Received total_steps={total_steps}; expected at least 2 updates. Use count_updates().")
    try:
        # A Python int would make Keras's own schedules compute in integers.
        schedule = SCHEDULES[name](float(learning_rate), int(total_steps), **options)
    except TypeError as error:
        raise ValueError(
            f"Received options {sorted(options)} for the schedule {name!r}, which does not know them all: {error}."
        ) from error
    if callable(schedule) and gradient_accumulation_steps and gradient_accumulation_steps > 1:
        return PerUpdate(schedule, gradient_accumulation_steps)
    return schedule


def count_updates(
    num_examples: int,
    batch_size: int,
    *,
    epochs: int,
    gradient_accumulation_steps: int | None = None,
    drop_remainder: bool = False,
) -> int:
    """Return how many optimizer updates a training makes: its `total_steps`.

    The last, smaller batch of each epoch counts as one, unless `drop_remainder` leaves it out; gradients accumulate
    across the end of an epoch.

    Example:
        >>> count_updates(1000, 64, epochs=3)
        48
        >>> count_updates(1000, 64, epochs=3, gradient_accumulation_steps=4)
        12
    """
    if min(num_examples, batch_size, epochs) < 1:
        raise ValueError(
            f"Received num_examples={num_examples}, batch_size={batch_size}, epochs={epochs}; expected each at least 1."
        )
    batches = num_examples // batch_size if drop_remainder else -(-num_examples // batch_size)
    return batches * epochs // (gradient_accumulation_steps or 1)


def _constant(learning_rate: float, total_steps: int) -> float:
    return learning_rate


def _linear(learning_rate: float, total_steps: int, **options: Any) -> Schedule:
    return keras.optimizers.schedules.PolynomialDecay(
        learning_rate, **({"decay_steps": total_steps, "end_learning_rate": 0.0, "name": "linear"} | options)
    )


def _exponential(learning_rate: float, total_steps: int, **options: Any) -> Schedule:
    return keras.optimizers.schedules.ExponentialDecay(
        learning_rate, **({"decay_steps": 1000, "decay_rate": 0.96} | options)
    )


def _cosine(learning_rate: float, total_steps: int, **options: Any) -> Schedule:
    return keras.optimizers.schedules.CosineDecay(learning_rate, **({"decay_steps": total_steps} | options))


def _cosine_restarts(learning_rate: float, total_steps: int, **options: Any) -> Schedule:
    first_period = max(1, -(-total_steps // 7))  # 1 + 2 + 4 parts: three periods fill the training.
    return keras.optimizers.schedules.CosineDecayRestarts(
        learning_rate, **({"first_decay_steps": first_period} | options)
    )


def _warmup_cosine(
    learning_rate: float, total_steps: int, *, warmup_steps: int | None = None, **options: Any
) -> Schedule:
    warmup_steps = max(1, round(0.1 * total_steps)) if warmup_steps is None else warmup_steps
    if not 0 < warmup_steps < total_steps:
        raise ValueError(
            f"Received warmup_steps={warmup_steps} of total_steps={total_steps}; expected 0 < warmup < total."
        )
    lengths = {"decay_steps": total_steps - warmup_steps, "warmup_steps": warmup_steps}
    return keras.optimizers.schedules.CosineDecay(0.0, **({"warmup_target": learning_rate} | lengths | options))


def _cyclical(learning_rate: float, total_steps: int, **options: Any) -> Schedule:
    defaults = {"base_learning_rate": learning_rate / 10, "step_size": max(1, total_steps // 6)}
    return CyclicalLearningRate(max_learning_rate=learning_rate, **(defaults | options))


def _triangular(learning_rate: float, total_steps: int, **options: Any) -> Schedule:
    # The three numbers are those of Jordan (2024), arXiv:2404.00498.
    shape: dict[str, Any] = {
        "warmup_fraction": 0.23,
        "initial_divisor": 5.0,
        "final_divisor": 1 / 0.07,
        "anneal": "linear",
    }
    return OneCycle(learning_rate, total_steps, **({"name": "triangular"} | shape | options))


SCHEDULES: dict[str, Callable[..., float | Schedule]] = {
    "constant": _constant,
    "linear": _linear,
    "exponential": _exponential,
    "cosine": _cosine,
    "cosine_restarts": _cosine_restarts,
    "warmup_cosine": _warmup_cosine,
    "cyclical": _cyclical,
    "one_cycle": OneCycle,
    "flat_cosine": FlatCosine,
    "triangular": _triangular,
}
"""The names of the schedules, and what makes each; see `make_schedule`."""
