import numpy as np
import pytest

from atolye.augment import Zoom

RAMP = np.broadcast_to(np.arange(9, dtype="float32")[:, None], (1, 9, 9, 1)).copy()


def test_the_middle_stays_and_the_rest_comes_nearer_or_goes_farther():
    near = Zoom(1.0).on_arrays(RAMP, None, np.array([[0, 1]], "float32"), 0)[0]
    assert near[0, 0, :, 0].tolist() == [2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6]
    far = Zoom(1.0).on_arrays(RAMP, None, np.array([[0, 0]], "float32"), 0)[0]
    assert far[0, 0, 2:7, 0].tolist() == [0, 2, 4, 6, 8]


def test_factor():
    with pytest.raises(ValueError, match=r"^Received factor=1.5; expected a number above 0, at most 1\. 0\.15 is"):
        Zoom(1.5)
