"""Every lab in its default size, each in a process of its own: figures, seconds, and whether the band holds.

Writes `benchmarks/results/labs.json`; labs that were not asked for keep what was measured before. The target: at most
6 minutes each on 2 quiet cores (30 seconds with --quick).

    python benchmarks/labs.py --data-dir DIR         # all labs; DIR holds mnist.npz and cifar10.npz
    python benchmarks/labs.py 1.1 --seeds 0 1 2      # one lab, three seeds
    python benchmarks/labs.py --quick                # a first look; writes labs_quick.json
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from results import FOLDER, machine, save, versions

from atolye.data.downloadable import is_local
from atolye.labs import LABS


def main() -> None:
    """Run the labs one after the other, print a line for each run and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labs", nargs="*", default=list(LABS), help=f"numbers (default all: {', '.join(LABS)})")
    parser.add_argument("--quick", action="store_true", help="the quick size")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="seeds to run (default 0)")
    parser.add_argument("--data-dir", type=Path, help="folder with mnist.npz and cifar10.npz")
    options = parser.parse_args()
    name = "labs_quick" if options.quick else "labs"
    path = FOLDER / f"{name}.json"
    figures = json.loads(path.read_text())["figures"] if path.exists() else {}
    for number in options.labs:
        bands = bands_of(number, options.quick, options.data_dir)
        figures[number] = [run(number, seed, options.quick, options.data_dir, bands) for seed in options.seeds]
        save(name, figures)  # after each lab, so that an interrupted benchmark keeps what it has


def bands_of(number: str, quick: bool, data_dir: Path | None) -> dict[str, Any]:
    """Return a lab's bands; "default_small" holds what differs where only the drawn shapes are at hand."""
    bands = import_module(LABS[number].module).BANDS
    small = {} if quick or is_local("cifar10", data_dir) else bands.get("default_small", {})
    return bands["quick" if quick else "default"] | small


def run(number: str, seed: int, quick: bool, data_dir: Path | None, bands: dict[str, Any]) -> dict[str, Any]:
    """Run one lab in a new process and return its figures, its time from start to end, and what left the band."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("atolye")), "lab", number, "--seed", str(seed), "--out", folder]
        command += ["--quick"] if quick else []
        command += ["--data-dir", str(data_dir)] if data_dir else []
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = round(time.perf_counter() - start, 1)
        metrics = json.loads((Path(folder) / "run.json").read_text())["metrics"]
    outside = [key for key, (low, high) in bands.items() if not low <= metrics[key] <= high]
    print(f"lab {number}, seed {seed}: {seconds:.0f} s, {'in its band' if not outside else f'outside: {outside}'}")
    made_on = {"machine": machine(), "versions": versions()}  # labs that are not asked for keep another's figures
    return {"seed": seed} | made_on | {"seconds": seconds, "outside_band": outside, "figures": metrics}


if __name__ == "__main__":
    main()
