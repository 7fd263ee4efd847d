"""Automatic differentiation against slopes by hand."""

import keras
import numpy as np

from atolye.labs.slope_tensorflow import slope, with_slope_errors
from atolye.layers import activation_table


def test_slopes_by_hand():
    np.testing.assert_allclose(slope(lambda x: x**3, [-1.0, 2.0]), [3.0, 12.0])
    np.testing.assert_allclose(slope(keras.ops.ones_like, [1.0]), [0.0])


def test_every_derivative_of_the_table_is_right():
    errors = with_slope_errors(activation_table()).set_index("name")["error"]
    assert errors.dropna().max() < 1e-6
    assert errors.index[errors.isna()].tolist() == ["softmax"]
