"""Where benchmarks leave their figures: one JSON file each, with the machine and versions they belong to."""

import contextlib
import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from atolye import runs
from atolye.files import write_text

FOLDER = Path(__file__).parent / "results"
PACKAGES = ("atolye", "keras", "tensorflow", "tensorflow-cpu", "jax", "numpy", "pandas", "scikit-learn", "Pillow")
WIDEST_FIRST = ("amx_bf16", "avx512_bf16", "avx512f", "avx2")
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "cpu-speed.md"


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
    """Return the machine as a run tells it, and its load when asked."""
    return runs.machine() | {"load_1_minute": round(os.getloadavg()[0], 2)}


def kind_of(machine: dict[str, Any]) -> str:
    """Name a record's processor and the widest instructions that it had: of one model, some machines hide a few.

    Example:
        >>> kind_of({"cpu": "Xeon", "instructions": ["avx2", "avx512_bf16", "avx512f"]})
        'Xeon, avx512_bf16'
    """
    widest = next((name for name in WIDEST_FIRST if name in machine["instructions"]), None)
    return ", ".join([machine["cpu"], *([widest] if widest else [])])


def write_table(begin: str, end: str, lines: list[str]) -> None:
    """Put lines of Markdown between two marks of `docs/explanation/cpu-speed.md`."""
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    write_text(PAGE, before + begin + "\n\n" + "\n".join(lines) + "\n\n" + end + rest.split(end)[1])


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
