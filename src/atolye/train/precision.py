"""Float32 or bfloat16: chosen by a measurement on this machine, once, and never by a processor flag alone."""

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from atolye.errors import did_you_mean
from atolye.files import cache_dir, write_text
from atolye.runs.environment import machine

WORTHWHILE = 1.15  # times faster than float32 that bfloat16 has to be; below, its coarser numbers are for nothing
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


@dataclass(frozen=True)
class Precision:
    """The arithmetic of a training and why it was taken.

    Args:
        policy: name of the Keras dtype policy, `"float32"` or `"mixed_bfloat16"`.
        reason: why, in one line.
        ratio: how many times faster a bfloat16 step was than a float32 step on this machine; None when not measured.
    """

    policy: str
    reason: str
    ratio: float | None = None

    @property
    def measured(self) -> bool:
        """Whether a measurement on this machine decided."""
        return self.ratio is not None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values for the record of a run."""
        return asdict(self) | {"measured": self.measured}


def choose_precision(name: str = "auto", *, kind: Literal["image", "table"] = "image") -> Precision:
    """Choose the arithmetic of a training.

    `"auto"` times a small convolutional step in both (under 2 seconds, once per machine and versions; kept in
    `precision.json` of the cache folder) and takes bfloat16 when it is at least 1.15 times faster. Tables stay in
    float32: their networks are too small to gain. So does every backend but TensorFlow, where nothing was measured.

    Reference: Kalamkar et al. (2019), arXiv:1905.12322, for training in bfloat16.

    Args:
        name: `"auto"`, `"float32"` or `"bfloat16"`; the latter two are taken as they are.
        kind: what is learned from; decides together with `"auto"`.

    Raises:
        ValueError: for another name, `"float16"` included: on a CPU it is some 95 times slower.

    Example:
        >>> choose_precision("bfloat16").policy
        'mixed_bfloat16'
    """
    if name in POLICIES:
        return Precision(POLICIES[name], "asked for")
    if "float16" in name:
        raise ValueError(
            f"Received precision={name!r}; expected 'auto', 'float32' or 'bfloat16'. float16 trains some 95 times "
            "slower than float32 on a CPU (measured on a network of two convolutions) and overflows; take 'bfloat16'."
        )
    if name != "auto":
        raise ValueError(
            f"Received precision={name!r}; expected 'auto', 'float32' or 'bfloat16'.{did_you_mean(name, POLICIES)}"
        )
    if kind == "table":
        return Precision("float32", "networks on tables are too small to gain from bfloat16")
    import keras

    if keras.backend.backend() != "tensorflow":
        return Precision("float32", f"not measured on the backend {keras.backend.backend()!r}")
    ratio = _remembered(_measure)
    if ratio >= WORTHWHILE:
        return Precision("mixed_bfloat16", f"bfloat16 is {ratio:.2f} times as fast here as float32", ratio)
    return Precision("float32", f"bfloat16 is only {ratio:.2f} times as fast here as float32", ratio)


def _measure() -> float:
    from atolye.train.precision_tensorflow import bfloat16_speedup

    return bfloat16_speedup()


def _remembered(measure: Callable[[], float]) -> float:
    """Return the ratio from the cache, or measure it and keep it; a damaged or read-only cache is no obstacle."""
    key = _machine()
    path, ratios = None, {}
    with contextlib.suppress(OSError, ValueError):
        path = cache_dir() / "precision.json"
        ratios = _read(path)
    if key not in ratios:
        ratios[key] = round(measure(), 3)
        if path is not None:
            with contextlib.suppress(OSError):  # it will be measured again, which costs 2 seconds
                write_text(path, json.dumps(ratios, indent=2, sort_keys=True) + "\n")
    return ratios[key]


def _read(path: Path) -> dict[str, float]:
    """Return the measured ratios by machine; what is not a positive number is left out, so that it is redone."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(entries, dict):
        return {}
    return {key: float(ratio) for key, ratio in entries.items() if isinstance(ratio, int | float) and 0 < ratio < 1e3}


def _machine() -> str:
    """Name what the ratio depends on: processor, cores that this process may use, versions, oneDNN's switches."""
    here = machine()
    import tensorflow

    switches = [
        f"{name}={os.environ[name]}" for name in sorted(os.environ) if name.startswith(("TF_ENABLE_ONEDNN", "ONEDNN"))
    ]
    devices = "gpu" if tensorflow.config.list_physical_devices("GPU") else "cpu"
    versions = [f"tensorflow {tensorflow.__version__}", f"keras {version('keras')}"]
    processor = " ".join([here["cpu"], *here["instructions"]])
    return "; ".join([processor, f"{here['cores']} cores", devices, *versions, *switches])
