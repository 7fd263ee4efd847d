import keras
import numpy as np
import pytest
from keras import ops

from atolye.layers import Dirac
from atolye.train.same_start import same_weights


@pytest.mark.parametrize(("channels", "filters"), [(3, 5), (4, 4), (5, 3)])
def test_first_filters_are_one_at_their_centre_and_channel(channels, filters):
    kernel = ops.convert_to_numpy(Dirac(seed=0)((3, 3, channels, filters)))
    expected = np.zeros((3, 3, channels, filters))
    for channel in range(min(channels, filters)):
        expected[1, 1, channel, channel] = 1
    first = min(channels, filters)
    np.testing.assert_array_equal(kernel[..., :first], expected[..., :first])
    assert kernel.dtype == "float32" and kernel.shape == (3, 3, channels, filters)


def test_the_other_filters_are_pytorchs():
    kernel = ops.convert_to_numpy(Dirac(seed=0)((3, 3, 16, 400)))[..., 16:]
    limit = 1 / np.sqrt(3 * 3 * 16)
    assert np.abs(kernel).max() == pytest.approx(limit, rel=1e-3) and np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01) and abs(kernel.mean()) < limit / 100


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_channels_pass_through_the_convolution(size):
    images = np.random.default_rng(0).normal(size=(2, 6, 5, 3)).astype("float32")
    layer = keras.layers.Conv2D(7, size, padding="same", kernel_initializer=Dirac())
    np.testing.assert_array_equal(ops.convert_to_numpy(layer(images))[..., :3], images)


def test_one_dimension_and_bfloat16():
    kernel = Dirac()((3, 2, 2), dtype="bfloat16")
    assert keras.backend.standardize_dtype(kernel.dtype) == "bfloat16"
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.cast(kernel, "float32"))[1], np.eye(2))


def test_config_seed_and_name():
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(Dirac(seed=5)))
    first, second = (ops.convert_to_numpy(each((3, 3, 2, 8))) for each in (Dirac(seed=5), again))
    assert again.get_config() == {"seed": 5}
    np.testing.assert_array_equal(first, second)
    assert (ops.convert_to_numpy(Dirac(seed=6)((3, 3, 2, 8))) != first).any()
    assert isinstance(keras.initializers.get("atolye>Dirac"), Dirac)  # as a recipe names it


def test_a_seeded_start_keeps_the_identity():
    layer = keras.layers.Conv2D(8, 3, use_bias=False, kernel_initializer=Dirac(seed=1))
    model = keras.Sequential([keras.Input((4, 4, 2)), layer])
    before = model.get_weights()[0]
    same_weights(model, 3)
    after = model.get_weights()[0]
    np.testing.assert_array_equal(after[..., :2], before[..., :2])
    assert (after[..., 2:] != before[..., 2:]).all()


def test_a_matrix_is_refused():
    with pytest.raises(
        ValueError, match=r"^Dirac received the kernel shape \(4, 8\); expected .* for a Dense layer\.$"
    ):
        Dirac()((4, 8))
