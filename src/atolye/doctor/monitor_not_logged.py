"""Rule: a callback watches a number that will be there."""

from collections.abc import Sequence

from atolye.doctor.finding import Finding
from atolye.errors import did_you_mean


def monitor_not_logged(
    monitor: str, names: Sequence[str], *, validation: bool, other_callbacks: bool = False
) -> Finding | None:
    """Find a monitor that training will not log, such as "val_acc" for "val_accuracy".

    Keras notices at the end of the first epoch, or never.

    Args:
        monitor: the name that a callback watches.
        names: what training will log, without `val_`.
        validation: whether there will be validation data.
        other_callbacks: whether there are callbacks that may log more, so that an unknown name may be meant.

    Example:
        >>> monitor_not_logged("val_acc", ["loss", "accuracy"], validation=True).fix
        "Use one of loss, accuracy, val_loss, val_accuracy. Did you mean 'val_accuracy'?"
    """
    will_be = [*names, *(f"val_{name}" for name in names if name != "learning_rate")] if validation else list(names)
    if monitor in will_be:
        return None
    if monitor.startswith("val_") and monitor.removeprefix("val_") in names:
        return Finding(
            f"Received monitor {monitor!r} without validation data",
            "it is never logged, and the callback would do nothing",
            f"Give validation data, or use {monitor.removeprefix('val_')!r}",
        )
    short = any(name.startswith(monitor) for name in will_be)  # val_acc: a slip, whoever else logs.
    return Finding(
        f"Received monitor {monitor!r}",
        "nothing of that name is logged",
        f"Use one of {', '.join(will_be)}.{did_you_mean(monitor, will_be)}".rstrip("."),
        level="warning" if other_callbacks and not short else "error",
    )
