import numpy as np
import pytest

from atolye.data import downloadable
from atolye.data.downloadable import cifar10, mnist, read_arrays


def _arrays(shape, count=40, **changes):
    random = np.random.default_rng(0)
    arrays = {}
    for part in ("train", "test"):
        arrays[f"x_{part}"] = random.integers(0, 256, (count, *shape), dtype=np.uint8)
        arrays[f"y_{part}"] = (np.arange(count) % 10).astype(np.uint8)
    return arrays | changes


@pytest.fixture(autouse=True)
def no_cache_and_no_network(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("ATOLYE_DATA_DIR", raising=False)
    monkeypatch.setattr(downloadable.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))

    def offline(name):
        raise Exception(f"URL fetch failure on somewhere/{name}: None --\n no network")

    monkeypatch.setattr(downloadable, "_load_with_keras", offline)


def test_data_dir_is_read_and_the_official_test_split_is_kept(tmp_path):
    arrays = _arrays((28, 28))
    np.savez(tmp_path / "mnist.npz", **arrays)
    dataset = mnist(data_dir=tmp_path, validation_fraction=0.25)
    assert dataset.input_shape == (28, 28, 1)
    assert [len(part) for part in dataset.splits.values()] == [30, 10, 40]
    assert np.array_equal(dataset.test.inputs[..., 0], arrays["x_test"])
    assert dataset.test.targets.dtype == np.int64
    assert set(dataset.class_counts()["validation"].values()) == {1}
    first = dataset.validation
    row = int(first.ids[0].removeprefix("train/"))
    assert np.array_equal(first.inputs[0, ..., 0], arrays["x_train"][row])


def test_environment_variable_and_column_labels(tmp_path, monkeypatch):
    arrays = _arrays((32, 32, 3))
    arrays["y_train"] = arrays["y_train"][:, None]  # as Keras keeps them
    np.savez(tmp_path / "cifar10.npz", **arrays)
    monkeypatch.setenv("ATOLYE_DATA_DIR", str(tmp_path))
    dataset = cifar10()
    assert dataset.class_names[3] == "cat" and dataset.train.targets.ndim == 1


def test_keras_cache_is_used_for_mnist(tmp_path):
    folder = tmp_path / "keras" / "datasets"
    folder.mkdir(parents=True)
    np.savez(folder / "mnist.npz", **_arrays((28, 28)))
    assert "Keras cache" in mnist().provenance


def test_offline_is_one_message_that_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        cifar10(data_dir=tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    for part in ("cifar10 is not on this machine", str(tmp_path), "no network", "cifar10.npz", "ATOLYE_DATA_DIR"):
        assert part in message


def test_damaged_file_is_named(tmp_path):
    (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(ValueError, match=r"mnist\.npz is damaged or no \.npz file"):
        mnist(data_dir=tmp_path)


def test_truncated_file_is_named(tmp_path):
    np.savez_compressed(tmp_path / "mnist.npz", **_arrays((28, 28)))
    whole = (tmp_path / "mnist.npz").read_bytes()
    middle = len(whole) // 3
    (tmp_path / "mnist.npz").write_bytes(whole[:middle] + b"\0" * 500 + whole[middle + 500 :])
    with pytest.raises(ValueError, match="damaged"):
        mnist(data_dir=tmp_path)


def test_a_pickle_is_never_loaded(tmp_path):
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object))
    (tmp_path / "x.npy").rename(tmp_path / "mnist.npz")
    with pytest.raises(ValueError):
        mnist(data_dir=tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_test": np.zeros((3, 32, 32, 3), np.uint8)}, "x_test must be uint8 of shape"),
        ({"x_train": np.zeros((40, 28, 28), np.float32)}, "received float32"),
        ({"y_test": np.full(40, 10)}, "whole numbers from 0 to 9"),
        ({"y_train": np.zeros(39, np.int64)}, "39 labels"),
    ],
)
def test_wrong_arrays_are_refused(tmp_path, changes, message):
    np.savez(tmp_path / "mnist.npz", **_arrays((28, 28), **changes))
    with pytest.raises(ValueError, match=message):
        mnist(data_dir=tmp_path)


def test_missing_keys_are_named(tmp_path):
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros(3), y=np.zeros(3))
    with pytest.raises(ValueError, match="lacks y_train, x_test, y_test; it holds x_train, y"):
        read_arrays(tmp_path / "mnist.npz", "mnist")


def test_a_wrong_fraction_is_told_before_reading():
    with pytest.raises(ValueError, match="validation_fraction"):
        mnist(validation_fraction=1.5)
