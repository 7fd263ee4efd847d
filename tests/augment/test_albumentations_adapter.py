"""With a stand-in of Albumentations' interface; the package itself is an extra, tested where it is installed."""

import sys
import types
from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from atolye.augment import AlbumentationsAdapter
from atolye.data import Split, batches
from atolye.errors import MissingExtraError

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), dtype="uint8")


class Compose:
    """What the adapter uses of albumentations.Compose."""

    def __init__(self, steps):
        self.steps, self.random = steps, None

    def set_random_seed(self, seed):
        self.random = np.random.default_rng(seed)

    def __call__(self, image):
        for step in self.steps:
            image = step(image, self.random)
        return {"image": image}


def shifted(image, random):
    return image + random.integers(0, 100, dtype="uint8")


def cut(image, random):
    return image[: random.integers(2, 4)]


@pytest.fixture
def fake(monkeypatch):
    module = types.ModuleType("albumentations")
    module.__spec__ = ModuleSpec("albumentations", None)
    module.Compose = Compose
    monkeypatch.setitem(sys.modules, "albumentations", module)


def test_batches_are_seeded_and_the_same_with_any_number_of_parallel_calls(fake):
    split = Split(IMAGES, np.arange(20), np.arange(20).astype(str))

    def epoch(calls, seed=0):
        adapter = AlbumentationsAdapter([shifted, shifted])
        made = batches(split, 3, shuffle=True, seed=seed, augment=adapter, num_parallel_calls=calls)
        return np.concatenate([np.asarray(images) for images, _ in made])

    assert np.array_equal(epoch(1), epoch(8)) and not np.array_equal(epoch(1), epoch(1, seed=1))


def test_labels_pass_and_inputs_stay(fake):
    adapter, before = AlbumentationsAdapter(shifted), IMAGES.copy()
    changed, labels = adapter.augment(IMAGES, np.arange(20), generator=np.random.default_rng(0))
    assert labels.tolist() == list(range(20)) and (changed != IMAGES).any() and np.array_equal(IMAGES, before)


def test_images_of_several_sizes(fake):
    with pytest.raises(
        ValueError, match=r"gave images of shapes \(2, 4, 3\) and \(3, 4, 3\); expected one. End it with"
    ):
        AlbumentationsAdapter(cut).augment(IMAGES, generator=np.random.default_rng(0))


def test_the_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"'albumentations' is not installed. .*atolye\[albumentations\]"):
        AlbumentationsAdapter(shifted)


def test_the_package_itself():
    albumentations = pytest.importorskip("albumentations", reason="an extra: pip install 'atolye[albumentations]'")
    adapter = AlbumentationsAdapter([albumentations.HorizontalFlip(p=0.5), albumentations.RandomBrightnessContrast()])
    first, second = (adapter.augment(IMAGES, generator=np.random.default_rng(0)) for _ in range(2))
    assert np.array_equal(first, second) and first.shape == IMAGES.shape and (first != IMAGES).any()
