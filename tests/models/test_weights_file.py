"""What `weights=` may name, and what is said of files that do not fit."""

import keras
import numpy as np
import pytest

from atolye.models.weights_file import load_keras_weights, weights_path


def dense(units):
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(units)])


def test_words_and_files(tmp_path):
    assert weights_path(None) is None and weights_path("imagenet") is None
    path = tmp_path / "some.weights.h5"
    path.touch()
    assert weights_path(path) == path == weights_path(str(path))
    with pytest.raises(FileNotFoundError, match="Received weights='imagnet'; .* no such file. Did you mean 'imagenet'"):
        weights_path("imagnet")
    with pytest.raises(FileNotFoundError, match="no such file"):
        weights_path(tmp_path)


def test_a_file_that_fits_is_loaded_and_another_named_in_one_line(tmp_path):
    source, path = dense(2), tmp_path / "some.weights.h5"
    source.save_weights(path)
    target = dense(2)
    load_keras_weights(target, path, name="two units")
    np.testing.assert_array_equal(target.get_weights()[0], source.get_weights()[0])
    expected = "could not be loaded into three units .* expected a whole .weights.h5 or .keras file of the same layers"
    with pytest.raises(ValueError, match=expected) as caught:
        load_keras_weights(dense(3), path, name="three units")
    assert "\n" not in str(caught.value)
    other = tmp_path / "weights.pth"
    other.touch()
    with pytest.raises(ValueError, match="could not be loaded into two units"):
        load_keras_weights(dense(2), other, name="two units")


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
def test_a_truncated_file_is_an_error(tmp_path, suffix):
    model, path = dense(2), tmp_path / f"some{suffix}"
    model.save_weights(path) if suffix == ".weights.h5" else model.save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 12):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="could not be loaded into two units"):
            load_keras_weights(model, path, name="two units")


def test_a_file_without_all_the_layers_is_an_error(tmp_path):
    path = tmp_path / "some.weights.h5"
    dense(2).save_weights(path)
    deeper = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="could not be loaded into two layers"):
        load_keras_weights(deeper, path, name="two layers")
