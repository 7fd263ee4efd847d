"""What a run records about the machine and the software that made it."""

import contextlib
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from atolye.onednn import has_onednn

CPUINFO = Path("/proc/cpuinfo")  # on Linux
_PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "pandas", "scikit-learn")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide a run's numbers."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    if "keras" in sys.modules:
        found["backend"] = sys.modules["keras"].config.backend()
    return found


def machine() -> dict[str, Any]:
    """Return processor, instructions, usable cores, memory in GiB, platform, and whether TensorFlow uses oneDNN.

    Family, model and the instructions that decide how fast 16 and 32 bits are stand beside the name: virtual machines
    call several processors "AMD EPYC".
    """
    name, instructions = _processor(CPUINFO)
    return {
        "cpu": name or platform.processor() or platform.machine(),
        "instructions": instructions,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": _memory_gib(),
        "platform": platform.platform(terse=True),
        "onednn": has_onednn() if "tensorflow" in sys.modules else None,
    }


def _processor(cpuinfo: Path) -> tuple[str, list[str]]:
    """Return name and instructions of the first processor in Linux's list; nothing where there is no list."""
    facts: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            facts.setdefault(key.strip(), value.strip())
    flags = facts.get("flags", facts.get("Features", "")).split()
    fast = [flag for flag in flags if "bf16" in flag or flag in ("avx2", "avx512f", "avx512_vnni", "avx_vnni")]
    name = facts.get("model name", "")
    if "cpu family" in facts:
        name += f" (family {facts['cpu family']}, model {facts.get('model', 'unknown')})"
    return name, sorted(fast)


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None
