"""What the JPEG copy of CIFAR-10 costs: the same training on images that went through JPEG once more.

    python benchmarks/jpeg_cost.py --data-dir DIR [--seeds 2] [--target 85]

The copy at hand was kept as JPEG files of quality 75 with colours at half the sides (their headers say so), and the
originals are not here. So the question is turned round: the images are compressed again in the same way, 5 pixels off,
so that neither the blocks of 8 pixels nor the pairs that share a colour fall where they fell before, and the same
recipe is trained and judged on them. What the second time costs is an estimate of what the first did; rather a low one,
since what is gone cannot be lost twice. Trained on 45,000 images, judged on the other 5,000 of the training set, over
the same seeds; the test set is not read. Writes `results/jpeg_cost_TARGET.json`.
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import simplejpeg
import speedrun
from results import save

from atolye.augment.pad_and_crop import mirror_border
from atolye.data import load_dataset

QUALITY, OFFSET = 75, 5  # of 100; pixels


def compressed(images: np.ndarray) -> np.ndarray:
    """Return the images as JPEG gives them back, its grid moved by some pixels; the border is mirrored for it."""
    side = images.shape[1]
    inside = slice(OFFSET, OFFSET + side)
    again = np.empty_like(images)
    for number, image in enumerate(mirror_border(images, OFFSET)):
        coded = simplejpeg.encode_jpeg(np.ascontiguousarray(image), quality=QUALITY, colorsubsampling="420")
        again[number] = simplejpeg.decode_jpeg(coded)[inside, inside]
    return again


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio of two sets of images, in decibels."""
    return float(10 * np.log10(255**2 / np.mean((one.astype("float32") - other.astype("float32")) ** 2)))


def main() -> None:
    """Train on both, seed by seed; print and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, help="folder with cifar10.npz")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--target", type=int, choices=speedrun.RUNS, default=85, help="which recipe (default 85)")
    options = parser.parse_args()
    data = load_dataset("cifar10", data_dir=options.data_dir, validation_fraction=0.1)
    once = (data.train.inputs, data.validation.inputs)
    twice = (compressed(once[0]), compressed(once[1]))
    figures: dict[str, object] = {"settings": asdict(speedrun.RUNS[options.target]), "psnr": psnr(once[1], twice[1])}
    print(f"once against twice: {figures['psnr']:.1f} dB", flush=True)
    rows: list[dict[str, object]] = []
    for seed in range(options.seeds):
        for name, (images, judged) in {"once": once, "twice": twice}.items():
            run = replace(speedrun.RUNS[options.target], seed=seed)
            model, seconds = speedrun.train(run, images, data.train.targets)
            rows.append(
                {"data": name, "seed": seed, **speedrun.judge(model, judged, data.validation.targets), **seconds}
            )
            print(rows[-1], flush=True)
    print(save(f"jpeg_cost_{options.target}", figures | {"runs": rows}))


if __name__ == "__main__":
    main()
