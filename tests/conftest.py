"""What every test stands on: no network, no user's cache, one seed."""

import atexit
import gc
import os
import shutil
import tempfile

# Before Keras is imported: its start-up reads these.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# `make test` runs two processes on two cores: threads of their own would only wait for each other.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ["ATOLYE_CACHE_DIR"] = tempfile.mkdtemp(prefix="atolye-tests-")
os.environ.pop("ATOLYE_DATA_DIR", None)

import socket

import pytest

import atolye  # noqa: F401  before a test imports Keras: it switches oneDNN on

gc.set_threshold(100_000, 20, 100)  # as the command does: tracing makes many objects that stay
atexit.register(shutil.rmtree, os.environ["ATOLYE_CACHE_DIR"], ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def no_waiting() -> None:
    """Arrays are read as in the command: no pass over them waits for the autotuner."""
    from atolye.autotune import switch_off_autotune

    switch_off_autotune()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a connection fails, wherever it runs."""

    def refuse(self: socket.socket, address: object) -> None:
        if self.family == socket.AF_UNIX:
            return real_connect(self, address)
        raise OSError(f"tests must not use the network; received a connection to {address}")

    real_connect = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def seeded() -> None:
    """Seed Python, NumPy and the backend."""
    import keras

    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def photo_folder(tmp_path_factory: pytest.TempPathFactory):
    """A folder of 90 small photographs of three classes, sizes and formats mixed; real files on disk."""
    import numpy as np
    from PIL import Image

    root = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for label, colour in {"kırmızı": (200, 40, 40), "yeşil": (40, 200, 40), "mavi": (40, 40, 200)}.items():
        (root / label).mkdir()
        for number in range(30):
            size = random.integers(20, 40, 2)
            pixels = np.clip(random.normal(colour, 30, (*size, 3)), 0, 255).astype("uint8")
            suffix = ("jpg", "png", "webp")[number % 3]
            Image.fromarray(pixels).save(root / label / f"{number:02}.{suffix}")
    return root


@pytest.fixture(scope="session")
def runs_dir(tmp_path_factory: pytest.TempPathFactory):
    """A folder for runs."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def photo_run(photo_folder, runs_dir):
    """A finished training on the photographs, made once for all tests that read a run."""
    from atolye.train import Recipe, train

    recipe = Recipe(data=str(photo_folder), image_size=16, widths=[8, 16], epochs=8, batch_size=16, learning_rate=0.01)
    return train(recipe.replace(precision="float32"), name="photos", runs_dir=runs_dir)


@pytest.fixture(scope="session")
def table_run(runs_dir):
    """A finished training on the breast-cancer table."""
    from atolye.train import Recipe, train

    recipe = Recipe(data="breast_cancer", widths=[16], epochs=5, batch_size=32, learning_rate=0.01)
    return train(recipe, name="table", runs_dir=runs_dir)
