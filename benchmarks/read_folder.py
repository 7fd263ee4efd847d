"""Reading a folder of JPEGs: our verified first read and our second epoch, against Keras's folder reader.

Writes `benchmarks/results/read_folder.json`. The target: a first read (list, verify, hash, decode, keep) within 1.3
times one epoch of `keras.utils.image_dataset_from_directory`, listing included, and a second epoch from the cache.

    python benchmarks/read_folder.py                 # 10,000 files of 96 px
    python benchmarks/read_folder.py --files 500     # a smoke run
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from PIL import Image

import atolye.files
from atolye.data import Dataset, batches, draw_shapes, load_dataset
from atolye.data.shapes import CLASS_NAMES

SIZE = 96
BATCH_SIZE = 128
READERS = {
    "keras_epoch": "Keras, one epoch",
    "atolye_first": "atolye, first read (verified, kept)",
    "atolye_first_epoch": "atolye, first epoch after it",
    "atolye_second": "atolye, second epoch",
    "atolye_open": "atolye, opened again from the cache",
}
RESULTS = Path(__file__).parent / "results" / "read_folder.json"


def main() -> None:
    """Make the files, time the readers in turn, print a table and write the results."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--files", type=int, default=10_000, help="number of JPEG files (default 10000)")
    arguments.add_argument("--data-dir", type=Path, help="folder with cifar10.npz: its photos, enlarged, not shapes")
    arguments.add_argument("--repeats", type=int, default=3, help="rounds; the best of each reader counts (default 3)")
    arguments.add_argument("--out", type=Path, default=RESULTS, help="where the JSON goes")
    options = arguments.parse_args()
    import keras
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        os.environ["ATOLYE_CACHE_DIR"] = str(Path(folder) / "cache")
        photos = Path(folder) / "photos"
        write_files(photos, options.files, options.data_dir)
        seconds: dict[str, list[float]] = {name: [] for name in READERS}
        for round_number in range(options.repeats):
            clear_cache(Path(folder) / "cache")
            seconds["keras_epoch"].append(timed(lambda: go_through(keras_reader(photos)))[0])
            took, dataset = timed(lambda: load_dataset(photos, image_size=SIZE))
            seconds["atolye_first"].append(took)
            for name in ("atolye_first_epoch", "atolye_second"):
                seconds[name].append(timed(lambda data=dataset: epoch(data))[0])
            seconds["atolye_open"].append(timed(lambda: load_dataset(photos, image_size=SIZE))[0])
            print(f"round {round_number + 1} of {options.repeats} done", flush=True)
    best = {name: min(values) for name, values in seconds.items()}
    results = {
        "files": options.files,
        "source": "cifar10, enlarged" if options.data_dir else "shapes",
        "image_size": SIZE,
        "seconds": {name: round(value, 3) for name, value in best.items()},
        "rounds": {name: [round(value, 3) for value in values] for name, values in seconds.items()},
        "first_read_to_keras": round(best["atolye_first"] / best["keras_epoch"], 3),
        "second_epoch_to_keras": round(best["atolye_second"] / best["keras_epoch"], 3),
        "machine": {"cores": os.cpu_count(), "platform": platform.platform()},
        "versions": {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__},
    }
    report(results)
    atolye.files.write_text(options.out, json.dumps(results, indent=2) + "\n")


def write_files(folder: Path, count: int, data_dir: Path | None) -> None:
    """Write `count` JPEG files of SIZE pixels into ten class folders."""
    for name in CLASS_NAMES:
        (folder / name).mkdir(parents=True)
    photos = load_dataset("cifar10", data_dir=data_dir).train if data_dir else None
    for start in range(0, count, 500):
        if photos is None:
            images, _, targets = draw_shapes(500, image_size=SIZE, seed=start)
        else:
            rows = np.arange(start, start + 500) % len(photos)
            images, targets = photos.inputs[rows], photos.targets[rows]
        for number in range(min(500, count - start)):
            image = Image.fromarray(images[number]).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
            image.save(folder / CLASS_NAMES[targets[number]] / f"{start + number:06}.jpg", quality=90)


def keras_reader(folder: Path) -> Any:
    """Return Keras's own reader of the folder."""
    import keras

    return keras.utils.image_dataset_from_directory(
        folder, image_size=(SIZE, SIZE), batch_size=BATCH_SIZE, verbose=False
    )


def epoch(dataset: Dataset) -> None:
    """One pass over the batches of all three splits: as many examples as Keras reads."""
    for part in dataset.splits.values():
        go_through(batches(part, BATCH_SIZE, shuffle=True))


def go_through(data: Any) -> None:
    """Take every batch and do nothing with it."""
    for _ in data:
        pass


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that `work` takes, and its result."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def clear_cache(folder: Path) -> None:
    """Remove the decoded images of the round before."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


def report(results: dict) -> None:
    """Print the results as a table."""
    print(f"\n{results['files']} JPEG files, {SIZE} px, {results['source']}")
    for key, text in READERS.items():
        took = results["seconds"][key]
        ratio = took / results["seconds"]["keras_epoch"]
        print(f"{text:40} {took:7.2f} s {results['files'] / took:9.0f} images/s   {ratio:5.2f} x Keras")


if __name__ == "__main__":
    main()
