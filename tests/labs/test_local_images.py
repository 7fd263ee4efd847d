"""Which images a lab takes, and that it says so."""

import numpy as np
import pytest

from atolye.labs.local_images import load_images


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine without CIFAR-10."""
    monkeypatch.delenv("ATOLYE_DATA_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))


def test_the_drawn_set_is_named(capsys):
    assert load_images(small=True, num_shapes=100).input_shape == (32, 32, 3)
    assert "images: shapes (60 training images; quick mode" in capsys.readouterr().out


def test_the_photographs_are_taken_from_the_folder(tmp_path, capsys):
    images, labels = np.zeros((40, 32, 32, 3), np.uint8), np.arange(40) % 10
    images[np.arange(40), 0, 0, 0] = np.arange(40)  # no two alike
    np.savez(tmp_path / "cifar10.npz", x_train=images, y_train=labels, x_test=images + 100, y_test=labels)
    assert load_images(data_dir=tmp_path).name == "cifar10"
    assert "found on this machine" in capsys.readouterr().out


def test_a_folder_without_them_is_an_error(tmp_path, nowhere):
    with pytest.raises(FileNotFoundError, match="holds no cifar10.npz. Put it there"):
        load_images(data_dir=tmp_path)


def test_without_any_the_shapes_are_drawn_aloud(nowhere, capsys):
    assert load_images(num_shapes=100).name == "shapes"
    assert "cifar10 is not on this machine; pass --data-dir" in capsys.readouterr().out
