"""The speedrun on JAX: it trains on a processor, and its one look-up of pixels is the library's mirror and crop."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

PROGRAM = """
import numpy as np
import speedrun_jax
from atolye.augment import AlternatingFlip, PadAndCrop

random = np.random.default_rng(0)
images = random.integers(0, 256, (60, 32, 32, 3)).astype("uint8")
odd, rows, draws = images.sum(axis=(1, 2, 3)) % 2, random.permutation(60)[:20], random.random((20, 2))
for epoch in (0, 1):
    fused = np.asarray(speedrun_jax.augmented(images, odd, rows, draws.astype("float32"), epoch))
    mirrored = AlternatingFlip((0, 255)).augment(images[rows], generator=random, epoch=epoch)
    assert np.array_equal(fused, PadAndCrop(speedrun_jax.BORDER).change_arrays(mirrored, draws)), epoch

run = speedrun_jax.Run(epochs=6, batch_size=20, widths=(8, 8, 8), policy="float32")
model, figures = speedrun_jax.train(run, images, np.arange(60) % 2)
assert len(figures["losses"]) == 6 and figures["losses"][-1] < figures["losses"][0], figures["losses"]
assert 0 <= speedrun_jax.judge(model, images, np.arange(60) % 2)["accuracy_views"] <= 1
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is not installed")
def test_it_trains_and_its_augmentation_is_the_librarys():
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": str(BENCHMARKS)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
