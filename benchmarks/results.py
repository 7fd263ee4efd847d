"""Where benchmarks leave their figures: one JSON file each, with the machine and versions they belong to."""

import contextlib
import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from atolye.files import write_text

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("atolye", "keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "pandas", "scikit-learn", "Pillow")
INSTRUCTIONS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")  # those that decide how fast bfloat16 is


def save(name: str, figures: dict[str, Any], *, folder: Path = FOLDER) -> Path:
    """Write `figures` with the machine, the versions and the time to `results/<name>.json`, wholly or not at all.

    Example:
        >>> import tempfile
        >>> save("speed", {"seconds": 1.5}, folder=Path(tempfile.mkdtemp())).name
        'speed.json'
    """
    record = {
        "name": name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(),
        "figures": figures,
    }
    path = folder / f"{name}.json"
    write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return path


def machine() -> dict[str, Any]:
    """Return processor, cores that this process may use, memory in GiB, load when asked, and instruction sets."""
    processor, flags = platform.processor() or platform.machine(), []
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                processor = value.strip()
            if key.strip() == "flags":
                flags = [flag for flag in INSTRUCTIONS if flag in value.split()]
                break
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "cpu": processor,
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_1_minute": round(os.getloadavg()[0], 2),
        "instructions": flags,
        "platform": platform.platform(),
    }


def processor() -> str:
    """Return the machine in a few words, to stand below a table."""
    here = machine()
    return ", ".join([here["cpu"], f"{here['cores']} cores", *here["instructions"]])


def versions() -> dict[str, str]:
    """Return Python's version and those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
