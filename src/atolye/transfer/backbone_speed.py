"""How fast this machine is with each backbone: measured once with random weights, and kept."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from atolye.data.image_store import Progress
from atolye.files import cache_dir, write_text
from atolye.runs import machine, versions

BATCH_SIZE = 32
_FILE = "backbone_speed.json"
_VERSIONS = ("keras", "tensorflow", "tensorflow-cpu", "jax", "backend")


@dataclass(frozen=True)
class Speed:
    """What was measured of one backbone at one size.

    Args:
        milliseconds: of one image alone, median.
        examples_per_second: in batches of 32, median.
        flops: 2 x MACs of one image, counted by `atolye.profile.profile`.
    """

    milliseconds: float
    examples_per_second: float
    flops: int


def kept_speeds(image_size: int) -> dict[str, Speed]:
    """Return what this machine has measured before with these versions, by backbone; damaged entries are left out."""
    found = {}
    for name, entry in _read().get(_machine(), {}).get(str(image_size), {}).items():
        with contextlib.suppress(TypeError, ValueError, KeyError):
            speed = Speed(float(entry["milliseconds"]), float(entry["examples_per_second"]), int(entry["flops"]))
            if min(asdict(speed).values()) > 0:
                found[name] = speed
    return found


def measure_speeds(names: Sequence[str], image_size: int, *, progress: Progress | None = None) -> dict[str, Speed]:
    """Return the speed of each backbone at a size, measured where it has not been yet.

    Each is built with random weights, which take as long as others, and measured for a few seconds with
    `atolye.profile.measure_latency`. What was measured is kept at once in `backbone_speed.json` of the cache folder,
    for this processor and these versions; a damaged or read-only cache is no obstacle.

    Args:
        names: of `atolye.models.BACKBONES`.
        image_size: side in pixels, 32 or more.
        progress: called with `(done, total)` before the first and after each measurement.
    """
    found = kept_speeds(image_size)
    missing = [name for name in names if name not in found]
    for done, name in enumerate(missing):
        if progress is not None:
            progress(done, len(missing))
        found[name] = _measure(name, image_size)
        _keep(name, image_size, found[name])
    if progress is not None:
        progress(len(missing), len(missing))
    return {name: found[name] for name in names}


def _measure(name: str, image_size: int) -> Speed:
    from atolye.models import backbone
    from atolye.profile import measure_latency, profile

    model = backbone(name, (image_size, image_size, 3), weights=None)
    latency = measure_latency(model, batch_size=BATCH_SIZE, rounds=7, max_seconds=1.5)
    flops = profile(model).totals["flops"]
    return Speed(round(latency.milliseconds, 3), round(latency.examples_per_second, 2), flops)


def _keep(name: str, image_size: int, speed: Speed) -> None:
    entries = _read()  # again, since another process may have written meanwhile
    entries.setdefault(_machine(), {}).setdefault(str(image_size), {})[name] = asdict(speed)
    with contextlib.suppress(OSError):  # it will be measured again
        write_text(cache_dir() / _FILE, json.dumps(entries, indent=2, sort_keys=True) + "\n")


def _read() -> dict[str, dict[str, dict[str, Any]]]:
    path: Path | None = None
    with contextlib.suppress(OSError, ValueError):
        path = cache_dir() / _FILE
        entries = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(entries, dict) and all(
            isinstance(sizes, dict) and all(isinstance(rows, dict) for rows in sizes.values())
            for sizes in entries.values()
        ):
            return entries
    return {}


def _machine() -> str:
    """Name what a speed depends on: processor, cores that this process may use, oneDNN, versions, backend."""
    here, installed = machine(), versions()
    numbers = [f"{name} {installed[name]}" for name in _VERSIONS if name in installed]
    convolutions = {True: ["oneDNN on"], False: ["oneDNN off"], None: []}[here["onednn"]]
    return "; ".join(
        [" ".join([here["cpu"], *here["instructions"]]), f"{here['cores']} cores", *convolutions, *numbers]
    )
