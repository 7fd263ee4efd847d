"""How long one call takes, on average over several."""

import time
from collections.abc import Callable, Iterable
from typing import Any


def milliseconds_each(
    action: Callable[..., Any], arguments: Iterable[tuple[Any, ...]], *, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Call `action` once with each tuple of arguments, and return the mean time of a call in milliseconds.

    Args:
        action: what is timed; call it once beforehand when its first call compiles.
        arguments: at least one tuple; they are collected before the clock starts.
        clock: function that tells the time in seconds; another one is useful in tests.

    Raises:
        ValueError: when there are no arguments.

    Example:
        >>> milliseconds_each(abs, [(1,), (2,)]) >= 0
        True
    """
    calls = list(arguments)
    if not calls:
        raise ValueError("Received no arguments; expected at least one call to time.")
    start = clock()
    for call in calls:
        action(*call)
    return (clock() - start) / len(calls) * 1000
