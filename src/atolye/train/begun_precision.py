"""In what arithmetic a training that was interrupted had begun, so that it goes on in the same."""

import json
import logging
import zipfile
from pathlib import Path

import numpy as np

from atolye.train.precision import POLICIES, Precision

_LOG = logging.getLogger(__name__)


def begun_precision(name: str, state_path: Path | None) -> Precision | None:
    """Return the arithmetic of the training whose state lies at `state_path`; None where there is none to go on from.

    `"auto"` may choose another one on another machine: half of a training in float32 and half in bfloat16 would have
    the numbers of neither. Another name than `"auto"` is what the recipe says, and stays.

    Args:
        name: the recipe's precision.
        state_path: what `TrainingState` wrote, or a file that is not there.

    Example:
        >>> begun_precision("auto", Path("not there.npz")) is None
        True
    """
    if name != "auto" or state_path is None or not state_path.exists():
        return None
    try:
        with open(state_path, "rb") as file, np.load(file) as archive:
            policy = json.loads(str(archive["content"])).get("policy")
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None  # damaged: that is told where the state is put back
    if policy not in POLICIES.values():
        return None  # written before policies were kept
    _LOG.info("goes on in %s, as it was begun", policy)
    return Precision(policy, "as the training was begun")
