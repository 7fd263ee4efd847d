"""What every test stands on: no network, no user's cache, one seed, two threads."""

import os
import tempfile

# Before Keras is imported: its start-up reads these.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ["ATOLYE_CACHE_DIR"] = tempfile.mkdtemp(prefix="atolye-tests-")
os.environ.pop("ATOLYE_DATA_DIR", None)

import socket

import pytest


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
