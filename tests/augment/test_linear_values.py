import numpy as np
import pytest

from atolye.augment.linear_values import scale_and_shift_arrays, scale_and_shift_tensors

SCALE, SHIFT = np.array([2, 0.5], "float32"), np.array([-100, 10.5], "float32")
VALUES = np.array([[0, 60, 100, 200], [0, 61, 100, 255]], "uint8").reshape(2, 1, 4, 1)
EXPECTED = [[0, 20, 100, 255], [10, 41, 60, 138]]  # 10.5 and 60.5 are rounded to the even number


def test_bytes_are_looked_up_and_give_what_arithmetic_gives():
    assert scale_and_shift_arrays(VALUES, SCALE, SHIFT, (0, 255))[..., 0, :, 0].tolist() == EXPECTED or (
        scale_and_shift_arrays(VALUES, SCALE, SHIFT, (0, 255)).reshape(2, 4).tolist() == EXPECTED
    )
    whole = scale_and_shift_arrays(VALUES.astype("int32"), SCALE, SHIFT, (0, 255))
    assert whole.dtype == np.int32 and whole.reshape(2, 4).tolist() == EXPECTED
    assert np.array_equal(
        scale_and_shift_tensors(VALUES, SCALE, SHIFT, (0, 255)), VALUES * 0 + np.reshape(EXPECTED, (2, 1, 4, 1))
    )


@pytest.mark.parametrize("span", [(0, 1), (-1, 1)])
def test_floats_stay_in_their_range(span):
    images = np.linspace(*span, 8, dtype="float32").reshape(2, 2, 2, 1)
    changed = scale_and_shift_arrays(images, 3.0, np.array([0.4, -0.4], "float32"), span)
    assert changed.dtype == np.float32 and span[0] <= changed.min() and changed.max() <= span[1]
    np.testing.assert_allclose(changed[0, 0, 1, 0], np.clip(3 * images[0, 0, 1, 0] + 0.4, *span), rtol=1e-6)
