"""A picture of any learning-rate schedule, several on one axis."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

Schedule = Callable[[int], Any]

MAX_POINTS = 400  # Calls of a schedule for one curve; a screen shows no more.


def draw_schedule(
    schedule: float | Schedule | Mapping[str, float | Schedule], steps: int, *, log_scale: bool = False
) -> Figure:
    """Draw the learning rate against the optimizer's updates, for one schedule or for several on one axis.

    Use it before training, to see that a schedule ends where the training does.

    Args:
        schedule: a schedule, a number for a constant rate, or a dictionary of name to either.
        steps: updates to draw, at least 1.
        log_scale: draw the rate on a logarithmic axis.

    Returns:
        A matplotlib `Figure` that no window holds.

    Raises:
        ValueError: when `steps` is below 1.

    Example:
        >>> from atolye.train.schedules import OneCycle
        >>> figure = draw_schedule({"one cycle": OneCycle(0.1, 100), "constant": 0.01}, 100)
        >>> len(figure.axes[0].lines)
        2
    """
    curves = dict(schedule) if isinstance(schedule, Mapping) else {_name(schedule): schedule}
    figure = Figure(figsize=(7.0, 4.0), layout="constrained")
    axes = figure.add_subplot()
    for name, curve in curves.items():
        axes.plot(*schedule_values(curve, steps), label=name)
    axes.set_xlabel("update")
    axes.set_ylabel("learning rate")
    if log_scale:
        axes.set_yscale("log")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def schedule_values(schedule: float | Schedule, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the updates (int64) and their learning rates (float64), at most 400 of them, the last one included.

    Example:
        >>> updates, rates = schedule_values(0.1, 3)
        >>> updates.tolist(), rates.tolist()
        ([0, 1, 2], [0.1, 0.1, 0.1])
    """
    if steps < 1:
        raise ValueError(f"Received steps={steps}; expected at least 1 update to draw.")
    updates = np.unique(np.linspace(0, steps - 1, min(steps, MAX_POINTS)).round().astype(np.int64))
    if not callable(schedule):
        return updates, np.full(len(updates), float(schedule))
    # One call for each point: schedules with a condition inside, such as Keras's warm-up, take a scalar only.
    return updates, np.array([float(schedule(int(update))) for update in updates])


def _name(schedule: float | Schedule) -> str:
    return str(getattr(schedule, "name", "learning rate"))
