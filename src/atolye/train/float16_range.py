"""Why float16 needs loss scaling: which gradients become zero, or infinite, at which scale."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

SCALES = (1.0, 8.0, 64.0, 512.0, 4096.0, 2.0**15, 2.0**18, 2.0**21, 2.0**24)


def float16_losses(gradients: Iterable[Any], scales: Sequence[float] = SCALES) -> pd.DataFrame:
    """Return the share of gradient entries that float16 cannot hold, for each loss scale.

    The smallest number that float16 knows is 6e-8 and the largest 65504. Multiplying the loss by a scale multiplies
    every gradient by it, which lifts small ones into that range; the optimizer divides again, in float32.

    Reference: Micikevicius et al. (2018), Mixed Precision Training, arXiv:1710.03740, section 3.2.

    Args:
        gradients: arrays of float32 gradients; entries that are 0 already do not count.
        scales: loss scales, above 0.

    Returns:
        One row a scale: `scale`, `lost` (share that becomes 0), `overflow` (share that becomes infinite).

    Raises:
        ValueError: when no entry differs from 0.

    Example:
        >>> float16_losses([np.array([1e-8, 1.0])], [1.0, 1024.0])["lost"].tolist()
        [0.5, 0.0]
    """
    exact = np.concatenate([np.ravel(np.asarray(gradient, "float32")) for gradient in gradients])
    exact = exact[exact != 0]
    if not exact.size:
        raise ValueError(
            "Received gradients that are all 0; expected some to look at. Use a batch that the model misses."
        )
    rows = []
    for scale in scales:
        with np.errstate(over="ignore"):
            held = (exact * np.float32(scale)).astype("float16")
        rows.append({"scale": scale, "lost": float(np.mean(held == 0)), "overflow": float(np.mean(np.isinf(held)))})
    return pd.DataFrame(rows)
