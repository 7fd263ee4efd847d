"""Building in a precision leaves Keras's own setting alone, also when building fails."""

import keras
import pytest

from atolye.train.dtype_policy import dtype_policy


def test_layers_inside_compute_in_the_policy_and_those_after_do_not():
    before = keras.config.dtype_policy().name
    with dtype_policy("mixed_bfloat16"):
        assert keras.layers.Dense(2).compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == before


def test_an_error_inside_puts_the_setting_back():
    before = keras.config.dtype_policy().name
    with pytest.raises(ValueError, match="no layer"), dtype_policy("mixed_bfloat16"):
        raise ValueError("no layer")
    assert keras.config.dtype_policy().name == before
