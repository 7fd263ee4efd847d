"""Trial functions for the tests: at the top level of a module, so that other processes can import them."""

import os
import time
from typing import Any

import numpy as np


def quick(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return figures of NumPy's random numbers, which the study has seeded."""
    time.sleep(settings.get("sleep", 0))
    width = settings.get("width", 1)
    noise = np.random.default_rng(seed).normal() + 0.1 * np.random.normal() * width
    return {"accuracy": 0.8 + 0.01 * (width + noise), "parameters": 10 * width, "seconds": 0.5, "curve": [0.1, 0.2]}


def breaks(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Fail in the ways that `settings` ask for."""
    if settings.get("raise") == seed:
        raise ArithmeticError("no\n number")
    if settings.get("die") == seed:
        os._exit(3)
    if settings.get("interrupt") == seed:
        raise KeyboardInterrupt
    return quick(settings, seed) | settings.get("figures", {})
