"""MCDropout draws at inference too, scales as Keras does, and survives saving."""

import keras
import numpy as np
import pytest

from atolye.layers import MCDropout


def test_is_on_at_inference_and_keeps_the_mean():
    outputs = np.asarray(MCDropout(0.2, seed=0)(np.ones((200, 100), "float32"), training=False))
    np.testing.assert_allclose(np.unique(outputs), [0.0, 1.25])  # 1 / (1 - 0.2)
    assert abs(outputs.mean() - 1.0) < 0.02
    assert abs((outputs == 0).mean() - 0.2) < 0.02


def test_two_draws_differ_and_a_seed_repeats_them():
    inputs = np.ones((4, 50), "float32")
    layer, again = MCDropout(0.5, seed=3), MCDropout(0.5, seed=3)
    first, second = np.asarray(layer(inputs)), np.asarray(layer(inputs))
    assert (first != second).any()
    np.testing.assert_array_equal(first, again(inputs))


def test_config_and_file_round_trip(tmp_path):
    layer = MCDropout(0.3, noise_shape=(None, 1), seed=1, name="mc")
    assert layer.get_config() == keras.layers.Dropout(0.3, noise_shape=(None, 1), seed=1, name="mc").get_config()
    model = keras.Sequential([keras.Input((4,)), layer])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again.layers[0]) is MCDropout
    assert again.layers[0].get_config() == layer.get_config()
    assert (again.predict(np.ones((64, 4)), verbose=0) == 0).any()


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
def test_a_rate_out_of_its_range_is_refused(rate):
    with pytest.raises(
        ValueError, match=f"^Received rate={rate}; expected a share from 0 up to but not including 1. Pass"
    ):
        MCDropout(rate)
