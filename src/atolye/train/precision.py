"""Which arithmetic to train in: float32, or bfloat16 where this machine was measured to be faster in it."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from atolye.files import cache_dir, write_text
from atolye.runs.environment import machine, versions

# Below this gain the lost digits are not worth it: bfloat16 keeps 8 bits of each number.
WORTHWHILE = 1.15
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}


@dataclass(frozen=True)
class Precision:
    """The arithmetic chosen for a training, and why.

    Args:
        policy: Keras dtype policy, `"float32"` or `"mixed_bfloat16"`.
        reason: one sentence.
        speedup: measured time of a float32 step over that of a bfloat16 step; None where nothing was measured.
    """

    policy: str
    reason: str
    speedup: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values for `run.json`."""
        return asdict(self)


def choose_precision(
    setting: str = "auto", *, kind: str = "image", measure: Callable[[], float] | None = None
) -> Precision:
    """Return the arithmetic for a training on this machine.

    `auto` times a small convolutional network in both, once per machine and software version, and keeps the answer in
    the cache folder. Processor flags are not asked: a processor may list bfloat16 and still be slower in it.

    Args:
        setting: `"auto"`, `"float32"` or `"bfloat16"`.
        kind: `"image"` or `"table"`; networks for tables are too small to gain, so `auto` takes float32 for them.
        measure: function that returns the speed-up; default, the micro-benchmark. Another one is useful in tests.

    Raises:
        ValueError: for another setting; float16 on a CPU is refused, since it was measured about 95 times slower there.

    Example:
        >>> choose_precision("float32").policy
        'float32'
    """
    if setting in POLICIES:
        return Precision(POLICIES[setting], "as the recipe says")
    if setting == "float16":
        raise ValueError(
            "precision 'float16' is about 95 times slower than float32 on a CPU. Choose 'auto', 'float32' or 'bfloat16'."
        )
    if setting != "auto":
        raise ValueError(f"precision must be 'auto', 'float32' or 'bfloat16'; received {setting!r}.")
    if kind != "image":
        return Precision("float32", "networks for tables are too small to gain from bfloat16")
    import keras

    if keras.config.backend() != "tensorflow":
        return Precision("float32", f"bfloat16 is measured on TensorFlow only; the backend is {keras.config.backend()}")
    speedup = _measured_speedup(measure or _measure)
    policy = "mixed_bfloat16" if speedup >= WORTHWHILE else "float32"
    compared = f"a bfloat16 step was measured {speedup:.2f} times as fast as a float32 step on this machine"
    return Precision(policy, f"{compared}; {WORTHWHILE} is asked for", speedup)


def _measured_speedup(measure: Callable[[], float]) -> float:
    """Return the speed-up from the cache, or measure it; a damaged cache is measured again."""
    path = cache_dir() / "precision.json"
    where = {"cpu": machine()["cpu"], "cores": machine()["cores"]}
    found = versions()
    key = json.dumps(where | {name: found.get(name) for name in ("keras", "tensorflow", "tensorflow-cpu")})
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return float(known[key])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    speedup = round(measure(), 3)
    write_text(path, json.dumps({key: speedup}, indent=2) + "\n")
    return speedup


def _measure() -> float:
    from atolye.train.precision_tensorflow import bfloat16_speedup

    return bfloat16_speedup()
