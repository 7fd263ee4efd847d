"""Which digits a lab takes, and that it says so."""

import numpy as np
import pytest

from atolye.labs.local_digits import load_digits


def test_the_small_set_is_named(capsys):
    assert load_digits(small=True).name == "mnist_small"
    assert "digits: mnist_small (3500 training images; quick mode" in capsys.readouterr().out


def test_the_whole_set_is_taken_from_the_folder(tmp_path, capsys):
    images, labels = np.zeros((40, 28, 28), np.uint8), np.arange(40) % 10
    images[np.arange(40), 0, 0] = np.arange(40)  # no two alike
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=labels, x_test=images + 100, y_test=labels)
    assert load_digits(data_dir=tmp_path).name == "mnist"
    assert "found on this machine" in capsys.readouterr().out


def test_a_folder_without_it_is_an_error(tmp_path, monkeypatch):
    monkeypatch.delenv("ATOLYE_DATA_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    with pytest.raises(FileNotFoundError, match="holds no mnist.npz. Put it there"):
        load_digits(data_dir=tmp_path)


def test_without_any_the_small_set_is_taken_aloud(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("ATOLYE_DATA_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert load_digits().name == "mnist_small"
    assert "mnist is not on this machine; pass --data-dir" in capsys.readouterr().out
