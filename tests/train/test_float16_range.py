import numpy as np
import pytest

from atolye.train.float16_range import float16_losses


def test_by_hand():
    # 2**-24 is the smallest number of float16; 65504 the largest
    gradients = [np.array([2.0**-24, 2.0**-30]), np.array([[0.0, 1.0]])]
    table = float16_losses(gradients, [1.0, 2.0**6, 2.0**16])
    assert table["lost"].tolist() == pytest.approx([1 / 3, 0.0, 0.0])
    assert table["overflow"].tolist() == pytest.approx([0.0, 0.0, 1 / 3])


def test_only_zeros():
    with pytest.raises(ValueError, match="Received gradients that are all 0"):
        float16_losses([np.zeros(3)])
